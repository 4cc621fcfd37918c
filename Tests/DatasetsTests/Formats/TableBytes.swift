import VectorCore

@testable import Datasets

/// Bytes of small files, put together without the code under test.
enum TableBytes {
  static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  static func floats(_ floats: [Float]) -> [UInt8] { floats.flatMap { little($0.bitPattern) } }

  static func integers(_ integers: [Int32]) -> [UInt8] { integers.flatMap { little($0) } }

  /// 1 to 6 as float16, and as bfloat16.
  static let halves: [UInt8] = [0, 0x3C, 0, 0x40, 0, 0x42, 0, 0x44, 0, 0x45, 0, 0x46]
  static let upperHalves: [UInt8] = [0x80, 0x3F, 0, 0x40, 0x40, 0x40, 0x80, 0x40, 0xA0, 0x40, 0xC0, 0x40]

  static let hvecs: [UInt8] = little(Int32(3)) + halves[..<6] + little(Int32(3)) + halves[6...]

  /// With counts of 64 bits.
  static func wideBin(_ rows: Int, _ columns: Int, _ elements: [UInt8]) -> [UInt8] {
    little(UInt64(rows)) + little(UInt64(columns)) + elements
  }

  static func fvecs(_ rows: [[Float]]) -> [UInt8] { rows.flatMap { little(Int32($0.count)) + floats($0) } }

  static func ivecs(_ rows: [[Int32]]) -> [UInt8] { rows.flatMap { little(Int32($0.count)) + integers($0) } }

  static func bvecs(_ rows: [[UInt8]]) -> [UInt8] { rows.flatMap { little(Int32($0.count)) + $0 } }

  static func bin(_ rows: Int, _ columns: Int, _ elements: [UInt8]) -> [UInt8] {
    little(UInt32(rows)) + little(UInt32(columns)) + elements
  }

  static func npy(_ dictionary: String, _ elements: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let text = Array(dictionary.utf8) + [0x0A]
    let length = version == 1 ? little(UInt16(text.count)) : little(UInt32(text.count))
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + elements
  }

  static func npy(_ type: String, _ rows: Int, _ columns: Int, _ elements: [UInt8]) -> [UInt8] {
    npy("{'descr': '\(type)', 'fortran_order': False, 'shape': (\(rows), \(columns)), }", elements)
  }

  /// Where a format sees tables in some bytes.
  static func layouts(_ ending: String, _ bytes: [UInt8]) throws(TableFault) -> [TableLayout] {
    try TableFormats.format(ofFile: "file.\(ending)")!.layouts(of: bytes.span.bytes)
  }
}
