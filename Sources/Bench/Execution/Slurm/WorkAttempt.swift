import Files
import Foundation

/// One attempt of a job to carry out an order, with the file in which it tells its progress.
///
/// Each attempt writes a file of its own, because appending to one file from several nodes loses lines on network file
/// systems.
struct WorkAttempt: Codable, Sendable, Equatable {
  /// The number of the order.
  let number: Int
  /// The node's name.
  let node: String
  /// The job, such as `17_4`; `process-123` outside of Slurm.
  let job: String
  /// How often Slurm has begun the job again.
  let restart: Int

  /// The greatest number of attempts at an order.
  static let most = 3

  /// The failure of an order whose attempts were lost, in one line with the nodes.
  static func loss(of attempts: [WorkAttempt]) -> String {
    "\(attempts.count) jobs ended without a result, on \(attempts.map(\.node).joined(separator: ", "))"
  }

  /// The attempt of this process.
  static func current(_ number: Int) -> WorkAttempt {
    let variables = ProcessInfo.processInfo.environment
    let array = variables["SLURM_ARRAY_JOB_ID"].flatMap { job in
      variables["SLURM_ARRAY_TASK_ID"].map { "\(job)_\($0)" }
    }
    let host = ProcessInfo.processInfo.hostName.prefix { $0 != "." }
    return WorkAttempt(
      number: number, node: variables["SLURMD_NODENAME"] ?? String(host),
      job: array ?? variables["SLURM_JOB_ID"] ?? "process-\(getpid())",
      restart: variables["SLURM_RESTART_COUNT"].flatMap { Int($0) } ?? 0)
  }

  /// The name of the attempt's files: `4.n1.17_4.0`.
  var name: String { "\(number).\(PathComponent.portable(node)).\(job).\(restart)" }

  /// The file of progress in a work folder.
  func file(in folder: WorkFolder) -> String { "\(folder.path)/events/\(name)" }

  /// Begins the file of progress.
  func begin(in folder: WorkFolder) throws(ClusterError) {
    let path = file(in: folder)
    try WorkFolder.output { () throws(OutputError) in try OutputFile(path).write(LedgerJSON.text(self) + "\n") }
  }

  /// Adds a line about the progress; a failure only costs the line.
  func tell(_ text: String, in folder: WorkFolder) {
    let descriptor = open(file(in: folder), O_WRONLY | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    let bytes = Array((text + "\n").utf8)
    _ = write(descriptor, bytes, bytes.count)
    close(descriptor)
  }
}

extension WorkFolder {
  /// The attempts at an order so far.
  func attempts(_ number: Int) -> [WorkAttempt] {
    Self.names(in: "\(path)/events").filter { $0.hasPrefix("\(number).") }.compactMap { name in
      guard let text = try? String(contentsOfFile: "\(path)/events/\(name)", encoding: .utf8) else { return nil }
      return try? LedgerJSON.value(String(text.prefix { $0 != "\n" }))
    }
  }

  /// The last line that an attempt has told; `nil` before the first one.
  func progress(of attempt: WorkAttempt) -> String? {
    guard let text = try? String(contentsOfFile: attempt.file(in: self), encoding: .utf8) else { return nil }
    let lines = text.split(separator: "\n")
    return lines.count > 1 ? lines.last.map(String.init) : nil
  }

  /// Forgets the attempts at an order, for example of jobs that a person has cancelled.
  func forgetAttempts(_ number: Int) {
    for attempt in attempts(number) { unlink(attempt.file(in: self)) }
  }
}

/// The refusal of an order by a node of another class.
struct WorkRefusal: Codable, Sendable {
  let attempt: WorkAttempt
  let machineClass: MachineClass
  let reason: String
}

extension WorkFolder {
  func refuse(_ refusal: WorkRefusal) throws(ClusterError) {
    try Self.write(refusal, to: "\(path)/refused/\(refusal.attempt.name).json")
  }

  /// All refusals.
  func refusals() -> [WorkRefusal] {
    Self.names(in: "\(path)/refused").compactMap { try? Self.read("\(path)/refused/\($0)") }
  }
}
