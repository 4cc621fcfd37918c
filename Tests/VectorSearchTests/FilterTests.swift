import Testing
import VectorCore
import VectorSearch

// parity: S3.8
@Suite struct FilterTests {
  let metadata: Metadata = [
    "year": .integer(2020), "score": .real(0.5), "name": .text("sift"), "public": .boolean(false),
  ]

  @Test func comparesValuesOfOneType() {
    #expect(Filter.equal("year", .integer(2020)).accepts(metadata))
    #expect(!Filter.equal("year", .integer(2021)).accepts(metadata))
    #expect(Filter.notEqual("year", .integer(2021)).accepts(metadata))
    #expect(!Filter.notEqual("year", .integer(2020)).accepts(metadata))
    #expect(Filter.less("score", .real(0.6)).accepts(metadata))
    #expect(!Filter.less("score", .real(0.5)).accepts(metadata))
    #expect(Filter.lessOrEqual("score", .real(0.5)).accepts(metadata))
    #expect(!Filter.lessOrEqual("score", .real(0.4)).accepts(metadata))
    #expect(Filter.greater("name", .text("orb")).accepts(metadata))
    #expect(!Filter.greater("name", .text("sift")).accepts(metadata))
    #expect(Filter.greaterOrEqual("name", .text("sift")).accepts(metadata))
    #expect(!Filter.greaterOrEqual("name", .text("surf")).accepts(metadata))
    #expect(Filter.less("public", .boolean(true)).accepts(metadata))
    #expect(Filter.isIn("year", [.integer(1999), .integer(2020)]).accepts(metadata))
    #expect(!Filter.isIn("year", [.integer(1999)]).accepts(metadata))
    #expect(!Filter.isIn("year", []).accepts(metadata))
  }

  @Test func neverOrdersOrEqualsAcrossTypes() {
    for other in [MetadataValue.real(2020), .text("2020"), .boolean(true)] {
      for filter in [
        Filter.equal("year", other), .less("year", other), .lessOrEqual("year", other), .greater("year", other),
        .greaterOrEqual("year", other), .isIn("year", [other]),
      ] {
        #expect(!filter.accepts(metadata), "\(filter)")
      }
      #expect(Filter.notEqual("year", other).accepts(metadata))
    }
  }

  @Test func isFalseForAnAbsentFieldAndNotFlipsIt() {
    let value = MetadataValue.integer(1)
    for leaf in [
      Filter.equal("gone", value), .notEqual("gone", value), .less("gone", value), .lessOrEqual("gone", value),
      .greater("gone", value), .greaterOrEqual("gone", value), .isIn("gone", [value]),
    ] {
      #expect(!leaf.accepts(metadata), "\(leaf)")
      #expect(Filter.not(leaf).accepts(metadata), "\(leaf)")
    }
  }

  @Test func combines() {
    let yes = Filter.equal("year", .integer(2020))
    let no = Filter.equal("year", .integer(0))
    #expect(Filter.and([]).accepts(metadata))
    #expect(!Filter.or([]).accepts(metadata))
    #expect(Filter.and([yes, yes]).accepts(metadata))
    #expect(!Filter.and([yes, no]).accepts(metadata))
    #expect(Filter.or([no, yes]).accepts(metadata))
    #expect(!Filter.or([no, no]).accepts(metadata))
    #expect(Filter.not(.and([yes, .not(yes)])).accepts(metadata))
  }

  @Test func treatsNaNAsEqualToNothing() {
    let nan: Metadata = ["score": .real(.nan)]
    #expect(!Filter.equal("score", .real(.nan)).accepts(nan))
    #expect(Filter.notEqual("score", .real(.nan)).accepts(nan))
    #expect(!Filter.lessOrEqual("score", .real(.nan)).accepts(nan))
  }

  /// A leaf under `levels − 1` nots.
  func nested(_ levels: Int) -> Filter {
    (1..<levels).reduce(.equal("a", .integer(1))) { inner, _ in .not(inner) }
  }

  @Test func allows64LevelsAndNoMore() throws {
    try nested(64).validate()
    #expect(throws: IndexError.self) { try nested(65).validate() }
    #expect(throws: IndexError.self) { try Filter.and([.or([]), .or([nested(63)])]).validate() }
    try Filter.and([.or([]), .or([nested(62)])]).validate()
  }

  @Test func refusesAnyDepthWithoutOverflow() {
    #expect(throws: IndexError.self) { try nested(10_000).validate() }
  }

  @Test func allows1024ValuesAndNoMore() throws {
    let values = (0..<1025).map { MetadataValue.integer($0) }
    try Filter.isIn("a", Array(values.prefix(1024))).validate()
    #expect(throws: IndexError.self) { try Filter.or([.not(.isIn("a", values))]).validate() }
  }
}
