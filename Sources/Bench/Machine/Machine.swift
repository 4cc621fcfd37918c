import Foundation
import HDF5
import SQLite
import YAML

/// The machine as the operating system describes it, for the ledger and for `recallbench doctor`.
///
/// Properties that the system does not report are empty, `nil` or 0.
public struct Machine: Sendable, Equatable, Codable {
  public var cpu: String
  /// The processor features that are relevant for the kernels.
  public var features: [String]
  /// The caches of the first processor, such as `L1 data 48K`.
  public var caches: [String]
  public var processors: Int
  /// Whether two threads share a core; `nil` when the system does not report it.
  public var hasSMT: Bool?
  /// The governor of the clock frequency, such as `performance`; empty in most virtual machines.
  public var governor: String
  public var memoryBytes: Int
  public var availableBytes: Int
  public var swapUsedBytes: Int
  /// The load averages over 1, 5 and 15 minutes.
  public var load: [Double]
  public var kernel: String
  public var distribution: String
  public var hypervisor: Bool
  /// The versions of the libraries in use.
  public var libraries: [String: String]
  public var provenance: Provenance

  /// Reads the properties from the system, which takes some milliseconds.
  public static func current(provenance: Provenance) -> Machine {
    let information = SystemFile.text("/proc/cpuinfo").split(separator: "\n")
    let flags = Set(
      (information.first { $0.hasPrefix("flags") || $0.hasPrefix("Features") } ?? "").split(separator: " "))
    let memory = memoryInformation()
    return Machine(
      cpu: provenance.cpu, features: knownFeatures.filter { flags.contains(Substring($0)) }, caches: caches(),
      processors: ProcessInfo.processInfo.processorCount, hasSMT: simultaneousThreads(),
      governor: SystemFile.text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
      memoryBytes: memory["MemTotal"] ?? Int(ProcessInfo.processInfo.physicalMemory),
      availableBytes: memory["MemAvailable"] ?? 0,
      swapUsedBytes: (memory["SwapTotal"] ?? 0) - (memory["SwapFree"] ?? 0), load: loadAverages(),
      kernel: kernelName(), distribution: distributionName(), hypervisor: flags.contains("hypervisor"),
      libraries: [
        "hdf5": HDF5File.libraryVersion, "sqlite": SQLiteDatabase.libraryVersion, "yaml": YAMLParser.libraryVersion,
      ],
      provenance: provenance)
  }

  private static let knownFeatures = [
    "sse4_2", "avx", "fma", "avx2", "avx512f", "avx512bw", "avx512_vnni", "avx512_vpopcntdq", "asimd", "asimddp", "sve",
  ]

  /// The processor's model name.
  static func processorName() -> String {
    #if os(Linux)
      let lines = SystemFile.text("/proc/cpuinfo").split(separator: "\n")
      let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ":", maxSplits: 1).last
      return model.map { $0.trimmingCharacters(in: .whitespaces) } ?? SystemCommand.output(of: ["uname", "-m"]) ?? ""
    #else
      return SystemCommand.output(of: ["sysctl", "-n", "machdep.cpu.brand_string"]) ?? ""
    #endif
  }

  static func loadAverages() -> [Double] {
    var loads = [Double](repeating: 0, count: 3)
    return getloadavg(&loads, 3) == 3 ? loads : []
  }

  private static func caches() -> [String] {
    (0..<8).compactMap { index in
      let folder = "/sys/devices/system/cpu/cpu0/cache/index\(index)"
      let size = SystemFile.text("\(folder)/size")
      guard !size.isEmpty else { return nil }
      let kind = SystemFile.text("\(folder)/type").lowercased()
      return "L\(SystemFile.text("\(folder)/level")) \(kind == "unified" ? "" : kind + " ")\(size)"
    }
  }

  private static func simultaneousThreads() -> Bool? {
    switch SystemFile.text("/sys/devices/system/cpu/smt/active") {
    case "1": true
    case "0": false
    default: nil
    }
  }

  /// The entries in bytes, by name.
  private static func memoryInformation() -> [String: Int] {
    var values: [String: Int] = [:]
    for line in SystemFile.text("/proc/meminfo").split(separator: "\n") {
      let words = line.split { $0 == " " || $0 == ":" }
      if words.count > 1, let kibibytes = Int(words[1]) { values[String(words[0])] = kibibytes * 1024 }
    }
    return values
  }

  private static func kernelName() -> String {
    var name = utsname()
    guard uname(&name) == 0 else { return "" }
    func text<Tuple>(_ tuple: Tuple) -> String {
      withUnsafeBytes(of: tuple) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    return "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))"
  }

  private static func distributionName() -> String {
    let lines = SystemFile.text("/etc/os-release").split(separator: "\n")
    let name = lines.first { $0.hasPrefix("PRETTY_NAME=") }?.dropFirst("PRETTY_NAME=".count)
    return name?.trimmingCharacters(in: CharacterSet(charactersIn: "\"")) ?? ""
  }
}

extension Machine {
  /// The conditions of this machine that would disturb a measurement, each in one line with the remedy.
  public var disturbances: [String] {
    var found: [String] = []
    if provenance.configuration == "debug" {
      found.append("this is a debug build, whose figures mean nothing: build with -c release")
    }
    if let recent = load.first, recent > 0.2 * Double(processors) {
      found.append(
        String(format: "the load is %.1f on %d processors: stop other programs, or wait", recent, processors))
    }
    if !governor.isEmpty, governor != "performance" {
      found.append("the clock's governor is \(governor): cpupower frequency-set -g performance")
    }
    if hasSMT == true {
      found.append("two threads share a core (SMT): measure with no more threads than cores, or switch it off")
    }
    if hypervisor { found.append("this is a virtual machine: others may take processor time, see the noise column") }
    if swapUsedBytes > 64 << 20 {
      found.append("\(swapUsedBytes >> 20) MiB are swapped out: free memory, then swapoff -a && swapon -a")
    }
    if memoryBytes > 0, availableBytes < memoryBytes / 4 {
      found.append("\(availableBytes >> 20) MiB of memory are free: large datasets may not fit")
    }
    return found
  }
}
