import Bench

/// The description of the machine as text, for `recallbench doctor`.
public enum MachineExporter {
  /// The machine's properties, one in a line, followed by the conditions that would disturb a measurement.
  public static func text(_ machine: Machine) -> String {
    let table = TextTable(
      columns: [.text("property"), .text("value")], rows: properties(machine).map { [$0.0, $0.1] })
    let disturbances = machine.disturbances
    let verdict =
      disturbances.isEmpty
      ? "nothing was found that would disturb a measurement\n"
      : "what would disturb a measurement:\n" + disturbances.map { "- \($0)\n" }.joined()
    return table.text + "\n" + verdict
  }

  /// The names and values of the properties.
  static func properties(_ machine: Machine) -> [(String, String)] {
    func gibibytes(_ bytes: Int) -> String { "\(NumberText.fixed(Double(bytes) / 0x1p30, 1)) GiB" }
    let provenance = machine.provenance
    return [
      ("processor", machine.cpu),
      ("features", machine.features.joined(separator: " ")),
      ("caches", machine.caches.joined(separator: ", ")),
      (
        "processors",
        "\(machine.processors)\(machine.hasSMT.map { $0 ? ", two threads a core" : ", one thread a core" } ?? "")"
      ),
      ("governor", machine.governor.isEmpty ? "not told" : machine.governor),
      ("memory", "\(gibibytes(machine.memoryBytes)), \(gibibytes(machine.availableBytes)) free"),
      ("load", machine.load.map { NumberText.fixed($0, 2) }.joined(separator: " ")),
      ("kernel", machine.kernel),
      ("system", machine.distribution.isEmpty ? provenance.system : machine.distribution),
      ("recallbench", "\(provenance.version), \(provenance.configuration), Swift \(provenance.swift)"),
      ("kernels", provenance.simd),
      (
        "libraries",
        machine.libraries.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
      ),
      ("commit", provenance.commit.isEmpty ? "unknown: built outside a repository" : provenance.commit),
      ("program", provenance.programSHA256.isEmpty ? "not told" : "SHA-256 \(provenance.programSHA256.prefix(12))…"),
    ] + (provenance.disturbances.isEmpty ? [] : [("disturbed", provenance.disturbances.joined(separator: ", "))])
  }
}
