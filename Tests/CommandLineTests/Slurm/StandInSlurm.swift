import Foundation

/// Commands that stand in for those of Slurm, see Tests/Fixtures/slurm-stand-in.sh; a test needs no cluster with them.
struct StandInSlurm {
  /// The folder of the commands and of their state.
  let folder: String

  init(in workspace: Workspace) throws {
    folder = workspace.path + "/stand-in"
    let files = FileManager.default
    try files.createDirectory(atPath: folder, withIntermediateDirectories: false)
    let script = URL(filePath: #filePath).appending(path: "../../../Fixtures/slurm-stand-in.sh").standardizedFileURL
    for name in ["sbatch", "squeue", "scontrol", "scancel"] {
      try files.createSymbolicLink(
        atPath: "\(folder)/\(name)", withDestinationPath: script.path(percentEncoded: false))
    }
  }

  /// The variables with which a program finds the commands.
  var environment: [String: String] {
    ["PATH": "\(folder):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"]
  }

  /// Says what the next jobs do; the last line holds for all that follow.
  func set(_ modes: [String]) throws {
    try (modes.joined(separator: "\n") + "\n").write(toFile: "\(folder)/modes", atomically: true, encoding: .utf8)
  }

  /// Says what the job does that looks at the first node.
  func set(probe mode: String) throws {
    try "\(mode)\n".write(toFile: "\(folder)/probe", atomically: true, encoding: .utf8)
  }

  /// Changes the state of all jobs that have another one.
  func change(_ state: String, to other: String) throws {
    let path = "\(folder)/jobs"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try text.replacing("|\(state)|", with: "|\(other)|").write(toFile: path, atomically: true, encoding: .utf8)
  }

  /// Says how many of the next calls of `squeue` fail.
  func set(silent calls: Int) throws {
    let text = String(repeating: "silent\n", count: calls)
    try text.write(toFile: "\(folder)/silent", atomically: true, encoding: .utf8)
  }

  /// Sets `MaxArraySize`.
  func set(greatestArray: Int) throws {
    try "\(greatestArray)\n".write(toFile: "\(folder)/greatest", atomically: true, encoding: .utf8)
  }

  /// The words of each `sbatch`, without those of jobs that only look at a node.
  var submitted: [String] { lines("submitted").filter { $0.contains("--array=") } }

  /// The values of `--array` of each `sbatch`.
  var arrays: [String] {
    submitted.compactMap { $0.firstMatch(of: /--array=(\S+)/).map { String($0.output.1) } }
  }

  func lines(_ name: String) -> [String] {
    let text = (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map(String.init)
  }
}
