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

  /// An integer that the index chooses unless it is given, and one that is given in its place.
  @Test func leavesAValueToTheIndex() throws {
    let declared = [
      ParameterDeclaration("refine", .integer(0...9), default: .auto, "candidates a neighbour"),
      ParameterDeclaration("candidates", .integer(1...99), default: .auto, "candidates", insteadOf: "refine"),
      ParameterDeclaration("nlist", .integer(1...100), default: .integer(7), "lists"),
    ]
    func parameters(_ settings: [String: String]) throws -> Parameters {
      try Parameters(settings, declared: declared, kind: "test")
    }
    #expect(try parameters([:]).optionalInteger("refine") == nil)
    #expect(try parameters(["refine": "auto"]) == parameters([:]))
    #expect(try parameters(["refine": "0"]).optionalInteger("refine") == 0)
    #expect(try parameters(["refine": "auto", "candidates": "5"]).optionalInteger("candidates") == 5)
    #expect(
      throws: IndexError.invalidParameter(
        name: "candidates", value: "5",
        expected: "auto, or leave refine at auto: one of the two takes the place of the other")
    ) { try parameters(["refine": "0", "candidates": "5"]) }
    let refused = #expect(throws: IndexError.self) { try parameters(["refine": "Auto"]) }
    #expect(refused?.description == "refine = Auto is refused: give an integer, 0…9, or auto")
    #expect(throws: IndexError.self) { try parameters(["nlist": "auto"]) }
  }

  @Test func refusesAnUnknownName() {
    #expect(throws: IndexError.unknownParameter(name: "nlsit", kind: "test", known: ["nlist", "share", "layout"])) {
      try Parameters(["nlsit": "9"], declared: declared, kind: "test")
    }
  }

  /// So an index that gets such a parameter keeps the names and keys of its earlier measurements.
  @Test func anOptionalParameterHasAnEntryOnlyWhereItIsGiven() throws {
    let declared = [
      ParameterDeclaration("nprobe", .integer(1...99), default: .auto, "lists"),
      ParameterDeclaration(
        "recall", .real(0...1), default: .auto, "recall", insteadOf: "nprobe", isOptional: true),
    ]
    func parameters(_ settings: [String: String]) throws -> Parameters {
      try Parameters(settings, declared: declared, kind: "test")
    }
    for settings in [[:], ["recall": "auto"]] {
      #expect(try parameters(settings).entries.map(\.name) == ["nprobe"])
      #expect(try parameters(settings).optionalReal("recall") == nil)
    }
    #expect(try parameters(["recall": "0.5"]).entries.map(\.name) == ["nprobe", "recall"])
    #expect(try parameters(["recall": "0.5"]).optionalReal("recall") == 0.5)
    #expect(throws: IndexError.self) { try parameters(["recall": "0.5", "nprobe": "4"]) }
  }
}
