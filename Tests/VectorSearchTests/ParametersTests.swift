import Testing
import VectorSearch

@Suite struct ParametersTests {
  let declared = [
    ParameterDeclaration("nlist", .integer(1...100), default: .integer(7), "lists"),
    ParameterDeclaration("share", .real(0...1), default: .real(0.5), "a share"),
    ParameterDeclaration("layout", .choice(["rows", "blocks"]), default: .choice("rows"), "a layout"),
  ]

  @Test func fillsInDefaults() throws {
    let parameters = try Parameters(["nlist": "9"], declared: declared, kind: "test")
    #expect(parameters.integer("nlist") == 9)
    #expect(parameters.real("share") == 0.5)
    #expect(parameters.choice("layout") == "rows")
    #expect(parameters.entries.map(\.name) == ["nlist", "share", "layout"])
  }

  @Test(arguments: [
    ("nlist", "0"), ("nlist", "101"), ("nlist", "8.5"), ("nlist", ""), ("share", "1.01"), ("share", "nan"),
    ("layout", "columns"),
  ])
  func refusesWhatIsOutOfRange(name: String, value: String) {
    let error = #expect(throws: IndexError.self) {
      try Parameters([name: value], declared: declared, kind: "test")
    }
    guard case .invalidParameter(name, value, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func refusesAnUnknownName() {
    #expect(throws: IndexError.unknownParameter(name: "nlsit", kind: "test", known: ["nlist", "share", "layout"])) {
      try Parameters(["nlsit": "9"], declared: declared, kind: "test")
    }
  }
}
