import Foundation
import Processes

/// The commands of Slurm, which are the only way in which this program speaks to it.
public struct Slurm: Sendable {
  /// A job, or a task of an array.
  struct Job: Equatable, Sendable {
    /// The number of the job, or of the array.
    let number: Int
    /// The number of the task in its array; `nil` for a job that is no array.
    let task: Int?
    let name: String
    let state: State
    /// The reason why a job waits, such as `Resources`.
    let reason: String
    /// The nodes on which it runs or ran.
    let nodes: String
    /// The walltime in seconds; `nil` for a job without one.
    let limitSeconds: Double?

    /// The name of the job as `WorkAttempt` has it: `17_4`.
    var text: String { task.map { "\(number)_\($0)" } ?? "\(number)" }
    /// Whether a person or Slurm holds the job, which then never starts by itself.
    var isHeld: Bool { state == .waiting && (reason.hasPrefix("JobHeld") || reason.contains("held")) }
  }

  /// What a state of Slurm means for an order without a result.
  enum State: String, Equatable, Sendable {
    case waiting, running
    /// The job exceeded its walltime.
    case timeout
    case outOfMemory
    case cancelled
    /// The job has ended for another reason, such as the loss of its node, or for none that is known.
    case ended

    /// - Parameter text: a state as `squeue` writes it.
    init(_ text: some StringProtocol) {
      self =
        switch text {
        case "PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "SPECIAL_EXIT", "RESV_DEL_HOLD": .waiting
        case "RUNNING", "CONFIGURING", "COMPLETING", "SUSPENDED", "RESIZING", "SIGNALING", "STAGE_OUT", "STOPPED":
          .running
        case "TIMEOUT", "DEADLINE": .timeout
        case "OUT_OF_MEMORY": .outOfMemory
        case "CANCELLED", "REVOKED": .cancelled
        default: .ended
        }
    }
  }

  public init() {}

  /// Whether the commands are there; `nil`, or the name of a missing one.
  static func missingCommand() -> String? {
    ["sbatch", "squeue", "scontrol", "scancel"].first { run(["sh", "-c", "command -v \($0)"]) == nil }
  }

  /// Runs a command and returns what it wrote, or `nil` when it failed.
  private static func run(_ command: [String]) -> String? { try? output(of: command) }

  /// Runs a command; the output has its messages, too.
  private static func output(of command: [String]) throws(ClusterError) -> String {
    var lines: [String] = []
    guard
      let child = ChildProcess(program: "/bin/sh", words: ["-c", "exec \"$@\" 2>&1", "sh"] + command)
    else { throw .command(name: command[0], output: String(cString: strerror(errno))) }
    let deadline = ChildProcess.deadline(in: 60)
    reading: while true {
      switch child.nextLine(until: deadline) {
      case .text(let line): lines.append(line)
      case .end: break reading
      case .timedOut: throw .command(name: command[0], output: "no answer within a minute")
      }
    }
    guard child.wait() == .exited(code: 0) else {
      throw .command(name: command[0], output: lines.joined(separator: " "))
    }
    return lines.joined(separator: "\n")
  }

  /// Submits a batch script.
  ///
  /// - Parameters:
  ///   - options: the options of `sbatch` beside those in the script.
  ///   - words: the arguments of the script.
  /// - Returns: the number of the job.
  func submit(_ script: String, options: [String], words: [String]) throws(ClusterError) -> Int {
    let text = try Self.output(of: ["sbatch", "--parsable"] + options + [script] + words)
    // Warnings come before the number, and the cluster's name may follow it.
    let last = text.split(separator: "\n").last?.split(separator: ";").first
    guard let number = last.flatMap({ Int($0) }) else { throw .command(name: "sbatch", output: text) }
    return number
  }

  /// The jobs of this user whose names begin with a prefix, also those that ended some minutes ago.
  ///
  /// - Returns: `nil` when the controller does not answer.
  func jobs(named prefix: String) -> [Job]? {
    let format = "%F|%K|%T|%j|%N|%l|%r"
    guard
      let text = Self.run(["squeue", "--me", "--noheader", "--array", "--states=all", "--format=\(format)"])
    else { return nil }
    return text.split(separator: "\n").compactMap { Self.job(parsing: $0) }.filter { $0.name.hasPrefix(prefix) }
  }

  /// Reads a line in the format that `jobs` asks for; `nil` for any other line.
  static func job(parsing line: some StringProtocol) -> Job? {
    let parts = line.split(separator: "|", omittingEmptySubsequences: false)
    guard parts.count >= 7, let number = Int(parts[0]) else { return nil }
    return Job(
      number: number, task: Int(parts[1]), name: String(parts[3]), state: State(parts[2]),
      reason: parts[6...].joined(separator: "|"), nodes: String(parts[4]), limitSeconds: seconds(parsing: parts[5]))
  }

  /// Reads a time such as `10:00`, `1:00:00` or `2-00:00:00`; `nil` for a word such as `UNLIMITED`.
  static func seconds(parsing text: some StringProtocol) -> Double? {
    let parts = text.split(separator: "-", maxSplits: 1)
    guard let clock = parts.last else { return nil }
    let days = parts.count > 1 ? Int(parts[0]) : 0
    let numbers = clock.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard let days, 2...3 ~= numbers.count else { return nil }
    var seconds = 0
    for number in numbers {
      guard let number else { return nil }
      seconds = seconds * 60 + number
    }
    return Double(days * 86_400 + seconds)
  }

  /// The greatest number of tasks of an array.
  func greatestArray() -> Int {
    let text = Self.run(["scontrol", "show", "config"]) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("MaxArraySize") }
    // Slurm's own default is 1001, with which the greatest number of a task is 1000.
    return line?.split(separator: "=").last.flatMap { Int($0.trimmingCharacters(in: .whitespaces)) } ?? 1001
  }

  /// Cancels jobs.
  public static func cancel(_ jobs: [Int]) {
    if !jobs.isEmpty { _ = run(["scancel"] + jobs.map(String.init)) }
  }

  /// Keeps nodes from beginning further tasks of an array that still waits.
  ///
  /// - Parameter job: a task of the array, such as `17_4`; nothing happens for any other text.
  static func exclude(_ nodes: [String], fromTasksOf job: String) {
    guard let array = job.split(separator: "_").first.flatMap({ Int($0) }) else { return }
    _ = run(["scontrol", "update", "JobId=\(array)", "ExcNodeList=\(nodes.joined(separator: ","))"])
  }
}
