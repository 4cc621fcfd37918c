import Testing

@testable import Reports

@Suite struct TextTableTests {
  private let columns: [TextTable.Column] = [.text("dataset"), .text("index"), .number("recall"), .number("queries/s")]

  @Test func aTableThatFitsIsAsItIs() {
    let table = TextTable(
      columns: columns, rows: [["photos", "flat", "1.0000", "500"], ["photos", "ivf", "0.9", "7000"]])
    #expect(table.fitted == table.text)
  }

  @Test func whatAllRowsShareIsNamedOnce() {
    let dataset = String(repeating: "d", count: 60)
    let table = TextTable(
      columns: columns, rows: [[dataset, "flat", "1.0000", "500"], [dataset, "ivf", "0.9", "7000"]])
    #expect(
      table.fitted == """
        dataset \(dataset)
        index  recall  queries/s
        flat   1.0000        500
        ivf       0.9       7000

        """)
  }

  @Test func aTableThatIsTooWideHasABlockForEachRow() {
    let (one, other) = (String(repeating: "a", count: 50), String(repeating: "b", count: 70))
    let table = TextTable(
      columns: columns, rows: [[one, "flat", "1.0000", "500"], [other, "ivf-flat(nlist=64)", "", "7000"]])
    #expect(
      table.fitted == """
        \(one)  flat
          recall 1.0000, queries/s 500
        \(other)
          ivf-flat(nlist=64)
          queries/s 7000

        """)
    #expect(table.fitted.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test func withoutRowsThereAreTheTitles() {
    #expect(TextTable(columns: columns).fitted == "dataset  index  recall  queries/s\n")
  }
}
