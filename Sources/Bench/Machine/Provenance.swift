import Datasets
import Foundation
import VectorCore

/// Which program on which machine measured: what a reader needs to repeat a row.
public struct Provenance: Sendable, Equatable {
  /// This program's version.
  public static let version = "0.1.0"

  /// The commit that the program was built from, with `-dirty` for changed files; empty where it was built outside a
  /// repository.
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

  /// SHA-256 of the program's executable; empty where it cannot be read.
  public var programSHA256 = ""
  /// What was ordered to go wrong, for tests of the harness; empty of every honest measurement.
  public var disturbances: [String] = []

  public init(commit: String, cpu: String, system: String) {
    self.commit = commit
    self.cpu = cpu
    self.system = system
  }

  /// Of this program on this machine; takes as long as a digest of the executable.
  ///
  /// - Parameter commit: that this program was built from.
  public static func current(commit: String) -> Provenance {
    var provenance = Provenance(
      commit: commit, cpu: Machine.processorName(), system: ProcessInfo.processInfo.operatingSystemVersionString)
    provenance.programSHA256 = SHA256.ofFile(programPath) ?? ""
    return provenance
  }

  /// The executable of this process.
  public static var programPath: String { Bundle.main.executablePath ?? CommandLine.arguments[0] }

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
  ///   - program: its path.
  func ofOther(_ told: Provenance, program: String) -> Provenance {
    var other = Provenance(commit: told.commit, cpu: cpu, system: system)
    (other.version, other.swift) = (told.version, told.swift)
    (other.configuration, other.simd) = (told.configuration, told.simd)
    other.programSHA256 = SHA256.ofFile(program) ?? ""
    return other
  }

  /// What tells programs and processors apart, as text: cells that differ in it are different cells.
  var identity: String {
    // The executable says everything; what built it stands for one that cannot be read.
    let program =
      programSHA256.isEmpty ? "\(version) \(commit) \(configuration) Swift \(swift)" : "SHA-256 \(programSHA256)"
    return (["program \(program)", "simd \(simd)", "cpu \(cpu)"] + disturbances.map { "disturbance \($0)" })
      .joined(separator: "\n")
  }

  /// How `other` differs in that identity, in words; nil where it does not.
  func difference(from other: Provenance) -> String? {
    func differ(_ what: String, _ one: String, _ two: String) -> String? {
      one == two ? nil : "\(what) (\(two.isEmpty ? "none" : two), now \(one.isEmpty ? "none" : one))"
    }
    return differ("another processor", cpu, other.cpu) ?? differ("other kernels", simd, other.simd)
      ?? differ("a program of another commit", commit, other.commit)
      ?? differ("another build configuration", configuration, other.configuration)
      ?? differ("other disturbances", disturbances.joined(separator: ", "), other.disturbances.joined(separator: ", "))
      ?? (identity == other.identity ? nil : "another build of the program")
  }
}

extension Provenance: Codable {
  private enum CodingKeys: CodingKey {
    case commit, cpu, system, version, swift, configuration, simd, programSHA256, disturbances
  }

  /// Ledgers of earlier versions do not have the last two.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    commit = try values.decode(String.self, forKey: .commit)
    cpu = try values.decode(String.self, forKey: .cpu)
    system = try values.decode(String.self, forKey: .system)
    version = try values.decode(String.self, forKey: .version)
    swift = try values.decode(String.self, forKey: .swift)
    configuration = try values.decode(String.self, forKey: .configuration)
    simd = try values.decode(String.self, forKey: .simd)
    programSHA256 = try values.decodeIfPresent(String.self, forKey: .programSHA256) ?? ""
    disturbances = try values.decodeIfPresent([String].self, forKey: .disturbances) ?? []
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
