import Testing
import YAML

@testable import Bench

@Suite struct GateConfigurationTests {
  private func read(_ text: String) throws -> GateConfiguration {
    try GateConfiguration(try YAMLParser.parse(text, source: "gate.yml"))
  }

  @Test func laterRulesReplaceEarlierOnesForWhatTheyMatch() throws {
    let configuration = try read(
      """
      tolerances: {recall: 0.2, qps: 5%, index_bytes: 1%}
      at_recall: [0.99, 0.9]
      alpha: 0.01
      history: 10
      rules:
        - index: ivf-pq
          tolerances: {qps: 8%, p99: 20%}
        - dataset: line
          recall: {from: 0.99}
          tolerances: {qps: 10%, index_bytes: off}
      """)
    func tolerance(_ metric: Figure, _ dataset: String, _ index: String, _ recall: Double) -> Double? {
      configuration.tolerance(metric, dataset: dataset, index: index, recall: recall)
    }
    #expect(tolerance(.recall, "line", "flat", 1) == 0.002 && configuration.recalls == [0.9, 0.99])
    #expect(tolerance(.qps, "a", "flat", 1) == 0.05 && tolerance(.qps, "a", "ivf-pq", 1) == 0.08)
    #expect(tolerance(.qps, "line", "ivf-pq", 0.99) == 0.1 && tolerance(.qps, "line", "ivf-pq", 0.98) == 0.08)
    #expect(tolerance(.indexBytes, "line", "flat", 1) == nil && tolerance(.indexBytes, "line", "flat", 0.5) == 0.01)
    #expect(tolerance(.p99, "a", "flat", 1) == nil && tolerance(.p99, "a", "ivf-pq", 1) == 0.2)
    #expect(configuration.metrics == [.recall, .qps, .p99, .indexBytes])
    #expect(configuration.alpha == 0.01 && configuration.historyLength == 10)
  }

  @Test(arguments: [
    ("tolerances: {speed: 5%}", "gate.yml:1:21: tolerances.speed: unknown key 'speed'"),
    ("tolerances: {qps: 5}", "a share like 5%, below 100%, or off is needed, not 5"),
    ("tolerances: {qps: -5%}", "a share like 5%"), ("rules: []", "the key 'tolerances' is missing"),
    ("tolerances: {recall: 0.1}\nrules: [{recall: {from: 0.9, to: 0.1}, tolerances: {}}]", "from below to"),
    ("tolerances: {}\nat_recall: [95]", "a number, 0.0…1.0 is needed"),
  ])
  func mistakesAreNamedWithTheirPlace(text: String, message: String) throws {
    let error = #expect(throws: YAMLError.self) { try read(text) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
