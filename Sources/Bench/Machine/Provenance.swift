import Foundation
import VectorCore

/// Which program on which machine measured: what a reader needs to repeat a row.
public struct Provenance: Sendable, Equatable, Codable {
  /// This program's version.
  public static let version = "0.1.0"

  /// The commit of the working folder's repository, with `-dirty` for changed files; empty outside a repository.
  public let commit: String
  /// The processor's model name.
  public let cpu: String
  /// The operating system's name and version.
  public let system: String
  /// Of the program that measured, which may be another than the one that reads.
  public var version = Self.version
  public var swift = Self.swiftVersion
  public var configuration = Self.configuration
  public var simd = Self.instructionSet

  public init(commit: String, cpu: String, system: String) {
    self.commit = commit
    self.cpu = cpu
    self.system = system
  }

  /// Asks git and the operating system; takes some milliseconds.
  public static func current() -> Provenance {
    Provenance(
      commit: currentCommit(), cpu: Machine.processorName(),
      system: ProcessInfo.processInfo.operatingSystemVersionString)
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
  public static var configuration: String { isDebugBuild ? "debug" : "release" }

  /// Whether this program was built without optimisation.
  public static var isDebugBuild: Bool {
    #if DEBUG
      true
    #else
      false
    #endif
  }

  /// The instruction set that the distance kernels use: `avx512`.
  public static var instructionSet: String { Kernels.name }

  /// Of another program on this machine.
  ///
  /// - Parameters:
  ///   - told: what it says of itself.
  ///   - program: its path; its commit is that of the repository which it lies in.
  func ofOther(_ told: Provenance, program: String) -> Provenance {
    let folder = URL(filePath: program).resolvingSymlinksInPath().deletingLastPathComponent()
    var other = Provenance(
      commit: Self.currentCommit(in: folder.path(percentEncoded: false)), cpu: cpu, system: system)
    (other.version, other.swift) = (told.version, told.swift)
    (other.configuration, other.simd) = (told.configuration, told.simd)
    return other
  }

  private static func currentCommit(in folder: String = ".") -> String {
    let git = ["git", "-C", folder]
    guard let commit = SystemCommand.output(of: git + ["rev-parse", "--short", "HEAD"]), !commit.isEmpty else {
      return ""
    }
    let changes = SystemCommand.output(of: git + ["status", "--porcelain", "--untracked-files=no"]) ?? ""
    return changes.isEmpty ? commit : commit + "-dirty"
  }
}

/// Programs of the system that are asked for something.
enum SystemCommand {
  /// What a command prints, trimmed; nil when it cannot be run or fails.
  static func output(of command: [String]) -> String? {
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
