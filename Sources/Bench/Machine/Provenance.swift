import Datasets
import Foundation
import VectorCore

/// The program and the machine of a measurement, which a reader needs in order to repeat it.
public struct Provenance: Sendable, Equatable {
  /// This program's version.
  public static let version = "0.1.0"

  /// The commit from which the program was built, with `-dirty` for changed files; empty outside a repository.
  public let commit: String
  /// The processor's model name.
  public let cpu: String
  /// The operating system's name and version.
  public let system: String
  /// The version of the program that measured, which may differ from the program that reads the record.
  public var version = Self.version
  public var swift = Self.swiftVersion
  public var configuration = Self.configuration
  public var simd = Self.instructionSet

  /// The SHA-256 of the program's executable; empty when it cannot be read.
  public var programSHA256 = ""
  /// The artificial faults that were injected for tests of the harness; empty for every real measurement.
  public var disturbances: [String] = []
  /// The node of a cluster that measured; `nil` for a measurement on the machine on which the program was started.
  public var node: ClusterNode?

  public init(commit: String, cpu: String, system: String) {
    self.commit = commit
    self.cpu = cpu
    self.system = system
  }

  /// The provenance of this program on this machine; computing it takes as long as a digest of the executable.
  ///
  /// - Parameter commit: the commit from which this program was built.
  public static func current(commit: String) -> Provenance {
    var provenance = Provenance(
      commit: commit, cpu: Machine.processorName(), system: ProcessInfo.processInfo.operatingSystemVersionString)
    provenance.programSHA256 = SHA256.ofFile(programPath) ?? ""
    return provenance
  }

  /// The path of this process's executable.
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

  /// The instruction set of the distance kernels, such as `avx512`.
  public static var instructionSet: String { Kernels.name }

  /// The provenance of another program on the same machine, whose kernels are those that the program has told.
  ///
  /// - Parameters:
  ///   - told: the provenance in the program's greeting.
  ///   - sha256: the SHA-256 of the program's file.
  func ofOther(_ told: Provenance, sha256: String) -> Provenance {
    var other = Provenance(commit: told.commit, cpu: cpu, system: system)
    (other.version, other.swift) = (told.version, told.swift)
    (other.configuration, other.simd) = (told.configuration, told.simd)
    other.programSHA256 = sha256
    return other
  }

  /// A text that identifies the program and the processor; cells with different texts are different cells.
  var identity: String {
    // The digest of the executable identifies the program; the build's properties replace it when the executable cannot
    // be read.
    let program =
      programSHA256.isEmpty ? "\(version) \(commit) \(configuration) Swift \(swift)" : "SHA-256 \(programSHA256)"
    return (["program \(program)", "simd \(simd)", "cpu \(cpu)"] + disturbances.map { "disturbance \($0)" })
      .joined(separator: "\n")
  }

  /// The difference to `other` in that identity, in words; `nil` when there is none.
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
    case commit, cpu, system, version, swift, configuration, simd, programSHA256, disturbances, node
  }

  /// Ledgers of earlier versions lack the last three properties.
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
    node = try values.decodeIfPresent(ClusterNode.self, forKey: .node)
  }
}

/// Runs programs of the system to read their output.
enum SystemCommand {
  /// The output of a command, trimmed; `nil` when it cannot be run or fails.
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
