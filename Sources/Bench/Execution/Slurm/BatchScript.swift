import Foundation

/// What the jobs of a run ask of the cluster.
public struct ClusterRequest: Sendable, Equatable {
  /// Whether the orders are submitted to Slurm; otherwise another scheduler runs `work` for each of them.
  public var submits = true
  public var partition: String?
  /// The greatest number of nodes that one array uses at the same time.
  public var nodes = 1
  /// A feature that all nodes must have, in the words of `sbatch --constraint`.
  public var constraint: String?
  public var account: String?
  /// The walltime of a job in seconds; `nil` for the plan's estimate.
  public var walltimeSeconds: Double?
  /// The folder that all nodes share.
  public var sharedFolder: String
  /// The folder for temporary files and copies of datasets on each node; `nil` for the node's own choice.
  public var scratch: String?

  public init(sharedFolder: String) { self.sharedFolder = sharedFolder }

  var absoluteSharedFolder: String {
    URL(filePath: sharedFolder).standardizedFileURL.path(percentEncoded: false)
  }

  /// The walltime of a job in minutes. Unless it is given, it is ten times the estimate, which may be wrong by a factor
  /// of three on a slow machine, and ten minutes for copying.
  ///
  /// - Parameter estimate: the estimated seconds of the longest order.
  func minutes(estimate: Double) -> Int {
    let seconds = walltimeSeconds ?? (10 * estimate + 600)
    return max(1, Int((min(seconds, 3e7) / 60).rounded(.up)))
  }
}

/// The batch script of a run: plain enough to be read, changed and submitted by hand.
struct BatchScript {
  let request: ClusterRequest
  let name: String
  let folder: WorkFolder
  let program: ShippedProgram
  /// The walltime of a job in minutes.
  let minutes: Int

  var walltimeSeconds: Double { Double(minutes) * 60 }

  var text: String {
    var options = [
      ("job-name", "\(name)-0"), ("nodes", "1"), ("exclusive", ""), ("mem", "0"), ("hint", "nomultithread"),
      ("time", "\(minutes)"), ("requeue", ""), ("open-mode", "append"), ("output", "\(folder.path)/logs/%A_%a.txt"),
    ]
    for (option, value) in [
      ("partition", request.partition), ("constraint", request.constraint), ("account", request.account),
    ] {
      if let value { options.append((option, value)) }
    }
    let lines = options.map { "#SBATCH --\($0)\($1.isEmpty ? "" : "=\(Self.quoted($1))")" }
    return """
      #!/bin/bash
      \(lines.joined(separator: "\n"))
      # Each task measures one order. By hand: sbatch --array=0-9%\(request.nodes) batch.sh
      # The argument is the number of the first order, for the arrays after the first: sbatch --array=0-9 batch.sh 1000
      exec \(Self.quoted(program.launcher)) work \(Self.quoted(folder.path)) "${2:-$((${1:-0} + SLURM_ARRAY_TASK_ID))}"

      """
  }

  /// The text as one word of the shell.
  static func quoted(_ text: String) -> String {
    let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/-_.,:=%&|".contains($0)) }
    return isPlain && !text.contains("&") && !text.contains("|")
      ? text : "'\(text.replacing("'", with: "'\\''"))'"
  }

  /// The numbers in the words of `--array`: `0-3,7`.
  static func ranges(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers.sorted() {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }

  /// The orders as arrays: for each the number of the first possible order, and the numbers of the tasks.
  ///
  /// - Parameter greatest: the value of `MaxArraySize`; the numbers of tasks are below it.
  static func arrays(_ numbers: [Int], greatest: Int) -> [(first: Int, tasks: [Int])] {
    let size = max(greatest, 1)
    return Dictionary(grouping: numbers) { $0 / size }.sorted { $0.key < $1.key }
      .map { (first: $0.key * size, tasks: $0.value.map { $0 % size }.sorted()) }
  }
}
