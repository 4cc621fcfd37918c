import Testing

@testable import Bench
@testable import Reports

@Suite struct MachineExporterTests {
  @Test func propertiesThenWhatWouldDisturb() {
    var machine = Machine.current(provenance: Provenance(commit: "abc", cpu: "A CPU", system: "Debian"))
    machine.load = [100, 0.5, 0.25]
    machine.processors = 4
    machine.hasSMT = true
    let text = MachineExporter.text(machine)
    #expect(text.contains("A CPU") && text.contains("100.00 0.50 0.25") && text.contains("4, two threads a core"))
    #expect(
      text.contains("what would disturb a measurement:\n") && text.contains("- the load is 100.0 on 4 processors"))
  }
}
