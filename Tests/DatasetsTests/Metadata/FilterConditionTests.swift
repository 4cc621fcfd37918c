import Testing

@testable import Datasets

@Suite struct FilterConditionTests {
  private func parsed(_ text: String) throws -> FilterCondition { try FilterCondition(parsing: text) }

  @Test(arguments: [
    ("price < 20", "price < 20"), ("price<20 and(color=red)", "price < 20 and color = red"),
    ("a = 1 or b = 2 and not c != x", "a = 1 or b = 2 and not c != x"),
    ("(a = 1 or b >= 2) and c <= 3", "(a = 1 or b >= 2) and c <= 3"),
    ("not (a in (1, 'two words') or tags has 7)", "not (a in (1, 'two words') or tags has 7)"),
    ("\"a name\" == \"it's\"", "'a name' = \"it's\""), ("'not' = 1", "'not' = 1"), ("'50%' < 2", "'50%' < 2"),
    ("not (not a = 1)", "not not a = 1"),
  ])
  func readsAndWrites(text: String, canonical: String) throws {
    #expect(try parsed(text).description == canonical)
    #expect(try parsed(canonical) == parsed(text))
  }

  @Test func andBindsMoreTightly() throws {
    func equal(_ column: String, _ value: String) -> FilterCondition {
      .comparison(column: column, .equal, FilterCondition.Value(value))
    }
    #expect(
      try parsed("a = 1 or b = 2 and not c = 3")
        == .or([equal("a", "1"), .and([equal("b", "2"), .not(equal("c", "3"))])]))
    #expect(try parsed("a in (1)") == .isIn(column: "a", [FilterCondition.Value("1")]))
  }

  @Test(arguments: [
    ("", "", "a column"), ("price", "", "=, !=, <, <=, >, >=, in or has"),
    ("price ~ 3", "~", "=, !=, <, <=, >, >=, in or has"),
    ("price <", "", "a value"), ("(a = 1", "", "')'"), ("a = 1 b = 2", "b", "'and', 'or' or the end"),
    ("a in 3", "3", "'('"), ("a in (1", "", "',' or ')'"), ("a = )", ")", "a value"), ("and = 3 or", "", "a column"),
    ("a = 'red", "'", "a value"),
  ])
  func refusesInOneLine(text: String, found: String, expected: String) {
    let error = FilterConditionError.syntax(text: text, found: found, expected: expected)
    #expect(throws: error) { try parsed(text) }
    #expect(!"\(error)".contains("\n") && "\(error)".contains("write it like"))
  }

  @Test func refusesDeepNesting() throws {
    let most = FilterCondition.maximumDepth
    #expect(throws: Never.self) { try parsed(String(repeating: "not ", count: most - 1) + "a = 1") }
    #expect(throws: FilterConditionError.self) { try parsed(String(repeating: "(", count: 100_000) + "a = 1") }
  }
}
