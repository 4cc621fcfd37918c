import Testing
import YAML

@testable import Bench

@Suite struct ValueRangeTests {
  private func values(_ text: String, isInteger: Bool = true) throws(YAMLError) -> [String] {
    try ValueRange(try YAMLParser.parse(text, source: "r.yml"), isInteger: isInteger).values
  }

  @Test(arguments: [
    ("{from: 1, to: 256, factor: 2}", ["1", "2", "4", "8", "16", "32", "64", "128", "256"]),
    ("{from: 1, to: 10, factor: 3}", ["1", "3", "9"]),
    ("{from: 1, to: 4, factor: 1.3}", ["1", "2", "3", "4"]),
    ("{from: -2, to: 3, step: 2}", ["-2", "0", "2"]),
    ("{from: 5, to: 5, step: 1}", ["5"]),
  ])
  func wholeNumbers(text: String, expected: [String]) throws {
    #expect(try values(text) == expected)
  }

  @Test func fractionsReachTheirEnd() throws {
    #expect(try values("{from: 0, to: 0.3, step: 0.1}", isInteger: false).count == 4)
    #expect(try values("{from: 0.5, to: 2, factor: 2}", isInteger: false) == ["0.5", "1.0", "2.0"])
  }

  @Test(arguments: [
    "{from: 2, to: 1, step: 1}", "{from: 1, to: 2}", "{from: 1, to: 2, step: 1, factor: 2}",
    "{from: 0, to: 2, factor: 2}",
    "{from: 1, to: 2, factor: 1}", "{from: 1, to: 2, step: 0}", "{from: 0, to: 1000000, step: 1}", "{from: 1, step: 1}",
    "{from: 1, to: 2, step: 1, by: 1}", "{from: a, to: 2, step: 1}",
    "{from: 1, to: 2, step: 1e-17}", "{from: 1e16, to: 2e16, step: 1}",
  ])
  func whatIsNoRangeIsRefused(text: String) {
    #expect(throws: YAMLError.self) { try values(text) }
  }
}
