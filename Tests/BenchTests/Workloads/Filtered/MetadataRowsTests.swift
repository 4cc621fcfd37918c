import Testing
import VectorSearch

@testable import Bench
@testable import Datasets

@Suite struct MetadataRowsTests {
  private struct Source: MetadataSource {
    let rows = 3
    let path = "/shop.parquet"

    func columns() -> [DatasetMetadata.Column] {
      [
        DatasetMetadata.Column(name: "year", kind: .integers), DatasetMetadata.Column(name: "price", kind: .floats),
        DatasetMetadata.Column(name: "color", kind: .strings), DatasetMetadata.Column(name: "tags", kind: .tags),
        DatasetMetadata.Column(name: "labels", kind: .tags),
      ]
    }

    func values(of column: DatasetMetadata.Column) -> DatasetMetadata.Values {
      switch column.name {
      case "year": .integers([2020, nil, 2022])
      case "price": .floats([1.5, 20, nil])
      case "color": .strings(["red", "7", nil])
      case "tags": .tags(TagSets(starts: [0, 2, 2, 3], tags: [4, 7, 4], tagCount: 9))
      default: .tags(TagSets(starts: [0, 1, 2, 2], tags: [0, 1], tagCount: 2, names: ["new", "old"]))
      }
    }
  }

  private func accepted(_ text: String) throws -> [Int] {
    var rows = try MetadataRows(DatasetMetadata(Source()), rows: 3)
    let filter = try rows.filter(FilterCondition(parsing: text))
    return (0..<3).filter { filter.accepts(rows.metadata(of: $0)) }
  }

  @Test(arguments: [
    ("year = 2020", [0]), ("year != 2020", [2]), ("year in (2020, 2022)", [0, 2]), ("not year > 2000", [1]),
    ("price <= 20", [0, 1]), ("price < 20", [0]), ("price >= 1.5 and color = 7", [1]), ("color = 'red'", [0]),
    ("tags has 4", [0, 2]), ("tags = 7", [0]), ("tags in (7, 8)", [0]), ("tags has 8 or labels has old", [1]),
    ("labels has lost", []), ("not tags has 4", [1]),
  ])
  func asksTheColumns(text: String, expected: [Int]) throws {
    #expect(try accepted(text) == expected)
  }

  @Test(arguments: [
    ("yaer = 3", "no column 'yaer' for the filter 'yaer = 3'; it has year, price, color, tags, labels"),
    ("year = 'x'", "the column 'year' holds integers, but the filter 'year = 'x'' has 'x'; write a whole number"),
    (
      "year < 2020.5",
      "the column 'year' holds integers, but the filter 'year < 2020.5' has '2020.5'; write a whole number"
    ),
    ("price > cheap", "the column 'price' holds floats, but the filter 'price > cheap' has 'cheap'; write a number"),
    ("color has red", "the column 'color' holds strings, but the filter 'color has red' has 'has'; write color = red"),
    ("tags < 4", "the column 'tags' holds sets of tags, but the filter 'tags < 4' has '<'; write tags has 4"),
  ])
  func refusesInOneLine(text: String, message: String) throws {
    let error = try #require(throws: FilterError.self) { try accepted(text) }
    #expect("\(error)".hasPrefix("/shop.parquet") && "\(error)".hasSuffix(message), "\(error)")
  }
}
