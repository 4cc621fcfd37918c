import Testing

@testable import Bench

@Suite struct MachineTests {
  private var machine: Machine { .current(provenance: Provenance(commit: "", cpu: "A CPU", system: "")) }

  @Test func theMachineIsDescribed() {
    let machine = machine
    #expect(machine.cpu == "A CPU" && machine.processors >= 1 && machine.memoryBytes > 1 << 28)
    #expect(!machine.kernel.isEmpty && machine.load.count == 3)
    #expect(machine.libraries.values.allSatisfy { $0.wholeMatch(of: /\d+\.\d+\.\d+.*/) != nil })
  }

  @Test func whatWouldDisturbIsToldWithARemedy() {
    var machine = machine
    machine.provenance.configuration = "release"
    machine.load = [0, 0, 0]
    machine.governor = "performance"
    (machine.hasSMT, machine.hypervisor, machine.swapUsedBytes) = (false, false, 0)
    machine.availableBytes = machine.memoryBytes
    #expect(machine.disturbances.isEmpty)
    machine.governor = "powersave"
    machine.load = [Double(machine.processors), 0, 0]
    machine.hasSMT = true
    machine.swapUsedBytes = 1 << 30
    #expect(machine.disturbances.count == 4)
    #expect(machine.disturbances.contains { $0.contains("cpupower frequency-set -g performance") })
  }

  @Test func theReportComesBackFromItsText() throws {
    let machine = machine
    #expect(try LedgerJSON.value(LedgerJSON.text(machine)) == machine)
  }
}
