import Testing
import VectorCore

@testable import Datasets

struct TableFormatTests {
  @Test(arguments: [
    ("a.fvecs", "fvecs"), ("/x.npy/base.1B.u8bin.crop_nb_10000000", "u8bin"), ("B.IVECS", "ivecs"), ("a.b.npy", "npy"),
    ("gt.ibin", "ibin"), ("c.i8bin", "i8bin"), ("c.bvecs", "bvecs"), ("c.fbin", "fbin"),
    ("c.f16bin", "f16bin"), ("c.bf16bin", "bf16bin"), ("c.hvecs", "hvecs"),
  ])
  func theNameSaysTheFormat(_ path: String, _ ending: String) {
    #expect(TableFormats.format(ofFile: path)?.ending == ending)
  }

  @Test(arguments: ["fvecs", "a.bin", "/data.npy/gt", "a.npy.hdf5", "x.fbin.yml", "a.npz", ""])
  func otherNamesSayNone(_ path: String) {
    #expect(TableFormats.format(ofFile: path) == nil)
  }

  /// A small file of every format, and where its numbers are.
  private static let samples: [(String, [UInt8], [TableLayout])] = [
    (
      "fvecs", TableBytes.fvecs([[1, 2, 3], [4, 5, 6]]),
      [TableLayout(elementType: .float32, rows: 2, columns: 3, offset: 4, stride: 16, repeatsColumns: true)]
    ),
    (
      "bvecs", TableBytes.bvecs([[1, 2, 3], [4, 5, 6]]),
      [TableLayout(elementType: .uint8, rows: 2, columns: 3, offset: 4, stride: 7, repeatsColumns: true)]
    ),
    (
      "u8bin", TableBytes.bin(3, 2, [1, 2, 3, 4, 5, 6]),
      [TableLayout(elementType: .uint8, rows: 3, columns: 2, offset: 8, stride: 2)]
    ),
    (
      "ibin", TableBytes.bin(2, 2, TableBytes.integers([3, 1, 0, -1])),
      [TableLayout(elementType: .int32, rows: 2, columns: 2, offset: 8, stride: 8)]
    ),
    (
      "ibin", TableBytes.bin(1, 2, TableBytes.integers([3, 1]) + TableBytes.floats([0.5, 1])),
      [
        TableLayout(elementType: .int32, rows: 1, columns: 2, offset: 8, stride: 8),
        TableLayout(elementType: .float32, rows: 1, columns: 2, offset: 16, stride: 8),
      ]
    ),
    (
      "f16bin", TableBytes.bin(1, 2, [0, 0x3C, 0, 0x40]),
      [TableLayout(elementType: .float16, rows: 1, columns: 2, offset: 8, stride: 4)]
    ),
    (
      "hvecs", [2, 0, 0, 0, 0, 0x3C, 0, 0x40],
      [TableLayout(elementType: .float16, rows: 1, columns: 2, offset: 4, stride: 8, repeatsColumns: true)]
    ),
    (
      // Counts of 64 bits, which read as two of 32 bits would be no columns.
      "bf16bin", TableBytes.wideBin(3, 1, [0x80, 0x3F, 0, 0x40, 0x40, 0x40]),
      [TableLayout(elementType: .bfloat16, rows: 3, columns: 1, offset: 16, stride: 2)]
    ),
    (
      "npy", TableBytes.npy("<f4", 1, 2, TableBytes.floats([1, 2])),
      [TableLayout(elementType: .float32, rows: 1, columns: 2, offset: 70, stride: 8)]
    ),
  ]

  @Test(arguments: samples)
  func theNumbersAreFound(_ ending: String, _ bytes: [UInt8], _ expected: [TableLayout]) throws {
    #expect(try TableBytes.layouts(ending, bytes) == expected)
  }

  /// Cut anywhere, or with bytes too many, a file is refused, unless what is left is a whole file of its own.
  @Test(arguments: samples)
  func aFileOfAnotherLengthIsRefused(_ ending: String, _ bytes: [UInt8], _ layouts: [TableLayout]) {
    let rowEnds = layouts[0].repeatsColumns ? [layouts[0].stride] : []
    let tableEnds = layouts.dropLast().map(\.end)
    for length in 0..<bytes.count where !rowEnds.contains(length) && !tableEnds.contains(length) {
      #expect(throws: TableFault.self, "\(length) bytes") { try TableBytes.layouts(ending, Array(bytes[..<length])) }
    }
    #expect(throws: TableFault.self) { try TableBytes.layouts(ending, bytes + [0]) }
  }

  /// Counts that multiply past what an address can count, or that no file has, fail before anything is allocated.
  @Test func impossibleCountsAreRefused() {
    for count in [Int32.min, -1, 0] {
      #expect(throws: TableFault.impossibleCount(of: "the columns of row 0", value: Int(count))) {
        try TableBytes.layouts("fvecs", TableBytes.little(count) + [0, 0, 0, 0])
      }
    }
    #expect(throws: TableFault.partialRow(rowBytes: 4 + 4 * 0x7FFF_FFFF, bytes: 8)) {
      try TableBytes.layouts("fvecs", TableBytes.little(Int32.max) + [0, 0, 0, 0])
    }
    #expect(throws: TableFault.impossibleCount(of: "the number of rows", value: 0)) {
      try TableBytes.layouts("fbin", TableBytes.bin(0, 4, []))
    }
    #expect(throws: TableFault.impossibleCount(of: "the number of columns", value: 0)) {
      try TableBytes.layouts("fbin", TableBytes.bin(4, 0, []))
    }
    let most = Int(UInt32.max)
    #expect(throws: TableFault.impossibleCount(of: "the number of rows", value: most)) {
      try TableBytes.layouts("ibin", TableBytes.bin(most, most, [0, 0, 0, 0]))
    }
    #expect(
      throws: TableFault.wrongSize(rows: 1 << 31, columns: 2, bytes: 9, needed: [8 + 1 << 34, 8 + 1 << 35])
    ) { try TableBytes.layouts("ibin", TableBytes.bin(1 << 31, 2, [0])) }
    for shape in [
      "(9223372036854775807, 9223372036854775807)", "(4611686018427387904, 1)", "(-1, 3)", "(0, 3)", "(3, 0)",
    ] {
      let bytes = TableBytes.npy("{'descr': '<f8', 'fortran_order': False, 'shape': \(shape)}", [1, 2, 3, 4])
      let error = #expect(throws: TableFault.self) { try TableBytes.layouts("npy", bytes) }
      guard case .impossibleCount = error else {
        Issue.record("\(shape): \(error.map { "\($0)" } ?? "")")
        continue
      }
    }
  }

  @Test func everyFaultIsOneLine() {
    let faults: [TableFault] = [
      .headerCut(bytes: 1, needed: 8), .impossibleCount(of: "rows", value: -1),
      .wrongSize(rows: 1, columns: 2, bytes: 3, needed: [4, 5]), .partialRow(rowBytes: 3, bytes: 4),
      .unequalRow(row: 1, columns: 2, first: 3), .notNPY, .unknownNPYVersion(major: 9, minor: 1),
      .malformedNPYHeader(problem: "x"), .unsupportedType("O"), .fortranOrder, .wrongRank(shape: [1]),
      .damagedArchive("x"), .memberNeeded(what: "arrays", names: ["a", "b"]), .memberNeeded(what: "arrays", names: []),
      .missingMember(what: "array", name: "x", names: []), .text(line: 1, column: 2, problem: "x"),
      .null(column: "x", row: 3), .raggedList(row: 1, columns: 2), .wrongColumn(name: "x", type: "string"),
      .unreadable(reason: "x"), .malformedLine(line: 1, problem: "x"), .unknownID(1, path: "x"), .repeatedID(1, row: 2),
    ]
    for fault in faults { #expect(!fault.description.contains("\n") && fault.description.contains(";")) }
  }

  @Test func eachFamilyWritesEveryTypeWithoutLoss() {
    func written(_ family: TableFamily, _ type: ElementType) -> String {
      let (format, type) = family.format(for: type)
      return "\(format.ending) \(type.rawValue)"
    }
    #expect(written(.vecs, .float32) == "fvecs float32" && written(.vecs, .uint8) == "bvecs uint8")
    #expect(written(.vecs, .int8) == "fvecs float32" && written(.vecs, .bool) == "bvecs uint8")
    #expect(written(.bin, .int8) == "i8bin int8" && written(.bin, .float16) == "f16bin float16")
    #expect(written(.bin, .int32) == "ibin int32" && written(.bin, .bool) == "u8bin uint8")
    #expect(written(.bin, .bfloat16) == "bf16bin bfloat16" && written(.vecs, .float16) == "hvecs float16")
    // numpy has no name for it.
    #expect(written(.npy, .bfloat16) == "npy float32")
    for type in ElementType.allCases where type != .bfloat16 {
      #expect(written(.npy, type) == "npy \(type.rawValue)")
    }
  }
}
