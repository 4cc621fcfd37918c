import Foundation
import VectorCore

/// Which program on which machine measured: what a reader needs to repeat a row.
public struct Provenance: Sendable, Equatable {
  /// This program's version.
  public static let version = "0.1.0"

  /// The commit of the working folder's repository, with `-dirty` for changed files; empty outside a repository.
  public let commit: String
  /// The processor's model name.
  public let cpu: String
  /// The operating system's name and version.
  public let system: String

  public init(commit: String, cpu: String, system: String) {
    self.commit = commit
    self.cpu = cpu
    self.system = system
  }

  /// Asks git and the operating system; takes some milliseconds.
  public static func current() -> Provenance {
    Provenance(
      commit: currentCommit(), cpu: processorName(), system: ProcessInfo.processInfo.operatingSystemVersionString)
  }

  /// The compiler's version.
  public static var swiftVersion: String {
    #if compiler(>=6.4)
      "6.4"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }

  /// `release` or `debug`; figures of a debug build mean nothing.
  public static var configuration: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }

  /// The instruction set that the distance kernels use: `avx512`.
  public static var instructionSet: String { Kernels.name }

  private static func currentCommit() -> String {
    guard let commit = output(of: ["git", "rev-parse", "--short", "HEAD"]), !commit.isEmpty else { return "" }
    let changes = output(of: ["git", "status", "--porcelain", "--untracked-files=no"]) ?? ""
    return changes.isEmpty ? commit : commit + "-dirty"
  }

  private static func processorName() -> String {
    #if os(Linux)
      let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
      let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ":", maxSplits: 1).last
      return model.map { $0.trimmingCharacters(in: .whitespaces) } ?? output(of: ["uname", "-m"]) ?? ""
    #else
      return output(of: ["sysctl", "-n", "machdep.cpu.brand_string"]) ?? ""
    #endif
  }

  /// What a command prints, trimmed; nil when it cannot be run or fails.
  private static func output(of command: [String]) -> String? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    guard (try? process.run()) != nil else { return nil }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
