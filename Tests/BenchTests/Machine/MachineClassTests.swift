import Testing

@testable import Bench

@Suite struct MachineClassTests {
  private let machineClass = MachineClass(.current(provenance: Provenance(commit: "", cpu: "A CPU", system: "")))

  @Test func theFirstDifferenceIsNamed() {
    #expect(machineClass.difference(from: machineClass) == nil)
    #expect(machineClass.processors >= 1 && machineClass.memoryGiB >= 1 && machineClass.cpu == "A CPU")
    var other = machineClass
    other.processors += 2
    #expect(
      machineClass.difference(from: other)
        == "its number of processors is \(machineClass.processors), not \(other.processors)")
    other.cpu = "Another"
    #expect(machineClass.difference(from: other) == "its processor is A CPU, not Another")
    other = machineClass
    (other.hasSMT, other.governor) = (machineClass.hasSMT == true ? false : true, "powersave")
    #expect(machineClass.difference(from: other)?.hasPrefix("its SMT is") == true)
  }

  @Test func timesOfNodesOfOtherClassesAreNotCompared() throws {
    var (base, head) = (try CellMeasurement.fixture(), try CellMeasurement.fixture())
    base.provenance.node = ClusterNode(name: "n1", job: "1_0", machineClass: machineClass)
    head.provenance.node = ClusterNode(name: "n2", job: "1_1", machineClass: machineClass)
    #expect(Incomparability.between(base, head).isEmpty)
    head.provenance.node?.machineClass.memoryGiB += 1
    let reasons = Incomparability.between(base, head)
    #expect(reasons.count == 1)
    guard case .machineClass? = reasons.first else {
      Issue.record("\(reasons)")
      return
    }
    #expect(reasons[0].subject == "times" && "\(reasons[0])".hasPrefix("the nodes are of the classes A CPU"))
  }

  @Test func aNodeComesBackFromItsText() throws {
    var provenance = Provenance(commit: "", cpu: "A CPU", system: "")
    provenance.node = ClusterNode(name: "n1", job: "1_0", machineClass: machineClass, referenceSeconds: [0.1, 0.2])
    let back: Provenance = try LedgerJSON.value(LedgerJSON.text(provenance))
    #expect(back == provenance)
  }
}
