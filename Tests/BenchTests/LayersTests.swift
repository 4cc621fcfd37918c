import TestSupport
import Testing

@Suite struct LayersTests {
  /// From the lowest to the highest.
  static let layers = [
    [""], ["Statistics", "Machine", "GroundTruth"], ["Plan"], ["Observations"], ["Ledger"], ["Workloads/Filtered"],
    ["Subjects"], ["Workloads/Search"], ["Workloads/Load", "Workloads/Runbook"], ["Execution/Child"],
    ["Execution/Interleaved", "Reading"],
    ["Execution"], ["Execution/Slurm"], ["Analysis/Metrics"], ["Analysis/Fronts"], ["Analysis/Compare"],
    ["Analysis/Best"],
    ["Analysis/Gate"], ["Analysis/SelfTest", "Analysis/History"], ["Tuning"],
  ]

  @Test func noFolderUsesOneThatIsNotBelow() throws {
    let direction = try ImportDirection(root: packageSources + "/Bench", layers: Self.layers)
    #expect(direction.typeUses() == [])
  }
}
