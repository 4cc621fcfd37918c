import Foundation
import Synchronization
import Testing
import VectorCore

@testable import HDF5

struct HDF5DatasetTests {
  /// 10 × 6 values, element (i, j) is 6·i + j.
  private let values = (0..<60).map { Float($0) }

  private func elements(_ matrix: Matrix) -> [Float] {
    (0..<matrix.rows).flatMap { row in (0..<matrix.columns).map { matrix[row: row][$0] } }
  }

  /// Reads the first rows; every float must have been shown to `inspect`, once and at its place.
  private func inspectedElements(_ dataset: HDF5Dataset, rows: Int = .max) throws -> [Float] {
    let seen = Mutex<[Int: Float]>([:])
    let matrix = try dataset.readMatrix(rows: rows) { floats, first in
      seen.withLock { seen in
        for index in floats.indices {
          #expect(seen.updateValue(floats[index], forKey: first + index) == nil)
        }
      }
    }
    let elements = elements(matrix)
    #expect(seen.withLock { $0 } == Dictionary(uniqueKeysWithValues: elements.enumerated().map { ($0, $1) }))
    return elements
  }

  private static let layouts: [HDF5Layout] = [
    .contiguous,
    .chunked(shape: [4, 6]),
    .chunked(shape: [4, 4]),
    .chunked(shape: [3, 5], gzip: 0, shuffle: true),
    .chunked(shape: [3, 5], gzip: 9, shuffle: false),
    .chunked(shape: [10, 6], gzip: 0, shuffle: false),
    .chunked(shape: [1, 1]),
  ]

  @Test(arguments: ElementType.allCases.filter { $0 != .bool })
  func everyTypeInEveryLayoutBecomesFloats(_ type: ElementType) throws {
    let file = TemporaryFile()
    let writer = try HDF5File.create(file.path)
    for (number, layout) in Self.layouts.enumerated() {
      try writer.write(values, shape: [10, 6], to: "d\(number)", storedAs: type, layout: layout)
    }
    try writer.close()
    let reader = try HDF5File.open(file.path)
    for number in Self.layouts.indices {
      let dataset = try reader.dataset("d\(number)")
      #expect(dataset.elementType == type && dataset.shape == [10, 6])
      #expect(try StoredBlocks(of: dataset, rows: 10) != nil, "plain numbers are read beside the library")
      #expect(try inspectedElements(dataset) == values, "layout \(number)")
      #expect(try inspectedElements(dataset, rows: 7) == Array(values[..<42]), "layout \(number)")
      #expect(try dataset.read(as: Int64.self, rows: 7) == (0..<42).map { Int64($0) }, "layout \(number)")
    }
  }

  @Test(arguments: layouts)
  func rowsAreWrittenAndReadInBlocks(_ layout: HDF5Layout) throws {
    let file = TemporaryFile()
    let writer = try HDF5File.create(file.path)
    let target = try writer.makeDataset("rows", shape: [10, 6], of: .int16, layout: layout)
    let elements = values.map { Int16($0) }
    for rows in [0..<3, 7..<10, 3..<7] {
      try elements[rows.lowerBound * 6..<rows.upperBound * 6].withUnsafeBytes {
        try target.write($0, firstRow: rows.lowerBound)
      }
    }
    try writer.close()
    let dataset = try HDF5File.open(file.path).dataset("rows")
    #expect(try dataset.read(as: Int16.self) == elements)
    let bytes = try dataset.readBytes(rows: 4..<9)
    #expect(bytes == elements[24..<54].flatMap { [UInt8($0), 0] })
    #expect(try dataset.readBytes(rows: 4..<4) == [])
    if case .chunked(let shape, _, _) = layout { #expect(try dataset.rowsOfAChunk() == shape[0]) }
  }

  @Test func booleansAreZeroAndOne() throws {
    let file = TemporaryFile()
    let writer = try HDF5File.create(file.path)
    let bits: [Int8] = (0..<60).map { Int8($0 % 3 == 0 ? 1 : 0) }
    try writer.write(bits, shape: [10, 6], to: "plain", storedAs: .bool)
    try writer.write(bits, shape: [10, 6], to: "zipped", storedAs: .bool, layout: .chunked(shape: [4, 4]))
    try writer.close()
    let reader = try HDF5File.open(file.path)
    for name in ["plain", "zipped"] {
      let dataset = try reader.dataset(name)
      #expect(dataset.elementType == .bool)
      #expect(try elements(dataset.readMatrix()) == bits.map { Float($0) })
    }
  }

  @Test func extremesConvertToTheNearestFloat() throws {
    let file = TemporaryFile()
    let writer = try HDF5File.create(file.path)
    try writer.write([Int64.min, Int64.max], shape: [1, 2], to: "i8")
    try writer.write([UInt64.max, 16_777_217], shape: [1, 2], to: "u8")
    try writer.write([1e300, 0.1], shape: [1, 2], to: "f8", layout: .chunked(shape: [1, 2]))
    try writer.close()
    let reader = try HDF5File.open(file.path)
    #expect(try elements(reader.dataset("i8").readMatrix()) == [-0x1p63, 0x1p63])
    #expect(try elements(reader.dataset("u8").readMatrix()) == [0x1p64, 16_777_216])
    #expect(try elements(reader.dataset("f8").readMatrix()) == [.infinity, 0.1])
  }

  @Test(arguments: [
    "big_endian", "big_endian_half", "half", "fletcher", "scale_offset", "growing", "compact",
  ])
  func whatH5pyWritesIsRead(_ name: String) throws {
    let dataset = try HDF5File.open(fixture("layouts.hdf5")).dataset(name)
    #expect(try inspectedElements(dataset) == values)
    #expect(try inspectedElements(dataset, rows: 5) == Array(values[..<30]))
  }

  @Test func unwrittenChunksHaveTheFillValue() throws {
    let dataset = try HDF5File.open(fixture("layouts.hdf5")).dataset("unwritten")
    #expect(try elements(dataset.readMatrix()) == Array(values[..<24]) + Array(repeating: 7, count: 36))
  }

  /// A chunk whose coordinates are damaged is stored, but the library does not find it and would give zeros for it.
  @Test func aChunkThatIsNotFoundIsDamage() throws {
    let file = TemporaryFile()
    let writer = try HDF5File.create(file.path)
    let layout = HDF5Layout.chunked(shape: [3, 2], gzip: 0, shuffle: false)
    try writer.write(values, shape: [10, 6], to: "d", layout: layout)
    try writer.close()
    try HDF5File.open(file.path).dataset("d").checkStorage()
    // A key of the index: bytes, filters, row, column, 0; that of the chunk at row 6, column 2.
    func key(_ row: UInt8, _ column: UInt8) -> Data {
      Data([24, 0, 0, 0, 0, 0, 0, 0] + [row, column, 0].flatMap { [$0, 0, 0, 0, 0, 0, 0, 0] })
    }
    var bytes = try file.bytes()
    bytes.replaceSubrange(try #require(bytes.range(of: key(6, 2))), with: key(6, 0))
    try file.write(bytes)
    let damaged = try HDF5File.open(file.path).dataset("d")
    let detail = "12 of its chunks are stored, 11 are where they are looked for"
    #expect(throws: HDF5Error.corrupt(path: file.path, name: "d", detail: detail)) { try damaged.checkStorage() }
  }

  @Test func chunksThatWereNeverWrittenAreNoDamage() throws {
    try HDF5File.open(fixture("layouts.hdf5")).dataset("unwritten").checkStorage()
  }

  @Test(arguments: ["train", "test", "neighbors"])
  func newerIndexesOfChunksAreSearchedToo(_ name: String) throws {
    let dataset = try HDF5File.open(fixture("latest.hdf5")).dataset(name)
    try dataset.checkStorage()
    #expect(try StoredBlocks(of: dataset, rows: dataset.shape[0]) != nil)
    let floats = try elements(dataset.readMatrix())
    #expect(try floats == dataset.read(as: Float.self) && floats.contains { $0 != 0 })
  }

  @Test func aUserBlockShiftsNothing() throws {
    let dataset = try HDF5File.open(fixture("userblock.hdf5")).dataset("train")
    #expect(try elements(dataset.readMatrix()) == values)
  }

  /// A link that is followed, storage beside the file, a mosaic of other files: none of their bytes are this file's.
  @Test(arguments: [
    ("link", "other.hdf5"), ("soft", "other.hdf5"), ("raw", "raw.bin"), ("virtual", "other.hdf5"), ("empty", ""),
  ])
  func elementsInOtherFilesAreRefusedByName(_ name: String, _ target: String) throws {
    let file = try HDF5File.open(fixture("elsewhere.hdf5"))
    #expect(throws: HDF5Error.elsewhere(path: file.path, name: name, target: target)) { try file.dataset(name) }
  }

  @Test(arguments: ["here", "soft_here"])
  func linksWithinTheFileAreFollowed(_ name: String) throws {
    let dataset = try HDF5File.open(fixture("elsewhere.hdf5")).dataset(name)
    #expect(try inspectedElements(dataset) == values)
  }

  @Test func elementsThatAreShuffledInPairsAreLeftToTheLibrary() throws {
    let dataset = try HDF5File.open(fixture("unusual.hdf5")).dataset("pairs")
    #expect(try inspectedElements(dataset) == values)
  }

  @Test(arguments: ["swapped", "weekday"])
  func enumerationsAreNoBooleans(_ name: String) throws {
    let file = try HDF5File.open(fixture("unusual.hdf5"))
    #expect(
      throws: HDF5Error.unsupportedType(
        path: file.path, name: name, type: "an enumeration other than of booleans")
    ) { try file.dataset(name) }
  }

  @Test func h5pyBooleansAreRead() throws {
    let dataset = try HDF5File.open(fixture("layouts.hdf5")).dataset("bool")
    #expect(try elements(dataset.readMatrix()) == values.map { Float(Int($0) % 2) })
  }

  @Test func aFilterThatIsNotThereIsNamed() throws {
    let dataset = try HDF5File.open(fixture("layouts.hdf5")).dataset("lzf")
    #expect {
      try dataset.readMatrix()
    } throws: { error in
      guard case HDF5Error.library(_, "lzf", "read", let detail) = error else { return false }
      return detail.contains("filter") && !"\(error)".contains("\n")
    }
  }

  @Test func aMatrixHasTwoDimensions() throws {
    let dataset = try HDF5File.open(fixture("layouts.hdf5")).dataset("scalar")
    let expected = HDF5Error.wrongShape(
      path: dataset.file.path, name: "scalar", shape: [], expected: "rows × columns")
    #expect(throws: expected) { try dataset.readMatrix() }
    #expect(try dataset.read(as: Double.self) == [3.5])
  }

  @Test func emptyDatasetsAreEmpty() throws {
    let file = TemporaryFile()
    let writer = try HDF5File.create(file.path)
    try writer.write([Float](), shape: [0, 6], to: "d")
    try writer.close()
    let dataset = try HDF5File.open(file.path).dataset("d")
    #expect(try dataset.readMatrix().rows == 0)
    #expect(try dataset.read(as: Float.self) == [])
  }

  @Test func aShapeThatCannotBeIsNotAllocated() throws {
    let file = TemporaryFile()
    let writer = try HDF5File.create(file.path)
    try writer.write(values, shape: [10, 6], to: "d")
    try writer.close()
    // The extent 10 × 6 as the file spells it: two 64-bit numbers in a row.
    var bytes = try file.bytes()
    let extent = Data([10, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0])
    var patched = 0
    while let place = bytes.range(of: extent) {
      bytes.replaceSubrange(place, with: Data([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]))
      patched += 1
    }
    try #require(patched > 0)
    try file.write(bytes)
    #expect(throws: HDF5Error.self) { try HDF5File.open(file.path).dataset("d").readMatrix() }
    #expect(throws: HDF5Error.self) { try HDF5File.open(file.path).dataset("d").read(as: Double.self) }
  }

  @Test func damagedChunksAreErrors() throws {
    let file = TemporaryFile()
    let writer = try HDF5File.create(file.path)
    var generator = SystemRandomNumberGenerator()
    let noise = (0..<4_096).map { _ in Float.random(in: 0..<1, using: &generator) }
    try writer.write(noise, shape: [64, 64], to: "d", layout: .chunked(shape: [64, 64]))
    try writer.close()
    var bytes = try file.bytes()
    // The only zlib stream in the file: level 4 starts 78 5E.
    let stream = try #require(bytes.range(of: Data([0x78, 0x5E])))
    bytes.replaceSubrange(stream.lowerBound + 200..<stream.lowerBound + 300, with: Data(count: 100))
    try file.write(bytes)
    #expect {
      try HDF5File.open(file.path).dataset("d").readMatrix()
    } throws: { error in
      guard case HDF5Error.corrupt(_, "d", _) = error else { return false }
      return true
    }
  }

  @Test func everyTruncationIsAnError() throws {
    let file = TemporaryFile()
    let writer = try HDF5File.create(file.path)
    try writer.write(values, shape: [10, 6], to: "plain")
    try writer.write(values, shape: [10, 6], to: "zipped", layout: .chunked(shape: [4, 4]))
    try writer.setAttribute("distance", .string("euclidean"))
    try writer.close()
    let whole = try file.bytes()
    for length in stride(from: 0, to: whole.count, by: 61) {
      try file.write(whole.prefix(length))
      #expect(throws: HDF5Error.self, "\(length) of \(whole.count) bytes") { try HDF5File.open(file.path) }
    }
  }
}
