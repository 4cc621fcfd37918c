import Testing
import YAML

struct YAMLNodeTests {
  private func parse(_ text: String) throws -> YAMLNode { try YAMLParser.parse(text, source: "sweep.yml") }

  @Test func scalarsAreReadAsAsked() throws {
    let root = try parse("n: 1_000\nx: -2.5e3\nt: true\nq: '12'\nz: ~\n")
    #expect(try root.required("n").integer() == 1_000)
    #expect(try root.required("x").number() == -2_500)
    #expect(try root.required("n").number() == 1_000)
    #expect(try root.required("t").boolean())
    #expect(try root.required("q").string() == "12")
    #expect(try root.optional("z") == nil)
    #expect(try root.optional("absent") == nil)
  }

  @Test(arguments: [
    ("k: '12'", "sweep.yml:1:4: k: a whole number is needed, not \"12\""),
    ("k: 1.5", "sweep.yml:1:4: k: a whole number is needed, not 1.5"),
    ("k: [1]", "sweep.yml:1:4: k: a whole number is needed, not a list"),
    ("k: 99999999999999999999", "sweep.yml:1:4: k: a whole number is needed, not 99999999999999999999"),
    ("j: 1", "sweep.yml:1:1: the key 'k' is missing"),
    ("k:", "sweep.yml:1:1: the key 'k' is missing"),
    ("[1]", "sweep.yml:1:1: a mapping is needed, not a list"),
  ])
  func theWrongValueIsNamedWithKeyAndPlace(_ text: String, _ message: String) throws {
    let root = try parse(text)
    #expect {
      try root.required("k").integer()
    } throws: {
      "\($0)" == message
    }
  }

  @Test func infinityIsNoNumber() throws {
    #expect(throws: YAMLError.self) { try parse("x: inf").required("x").number() }
    #expect(throws: YAMLError.self) { try parse("x: nan").required("x").number() }
  }

  @Test func misspeltKeysAreNotPassedOver() throws {
    #expect {
      try parse("runs: 3\nsede: 7\n").allowKeys(["runs", "seed"])
    } throws: {
      "\($0)" == "sweep.yml:2:7: sede: unknown key 'sede'; known are runs, seed"
    }
  }
}
