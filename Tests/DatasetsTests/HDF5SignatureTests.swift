import Foundation
import HDF5
import Testing

@testable import Datasets

struct HDF5SignatureTests {
  private let folder = TemporaryFolder()

  private func signature(_ bytes: Data) throws -> HDF5Signature? {
    try folder.write("f", bytes)
    return HDF5Signature(ofFile: folder.file("f"))
  }

  @Test func aFileOfTheLibraryIsWholeAndATruncatedOneIsNot() throws {
    let file = try HDF5File.create(folder.file("a.hdf5"))
    try file.write([Float](repeating: 1, count: 1_000), shape: [1_000], to: "train")
    try file.close()
    let bytes = try #require(folder.read("a.hdf5"))
    #expect(try signature(bytes) == .whole)
    #expect(try signature(bytes.dropLast()) == .truncated(end: UInt64(bytes.count)))
    #expect(try signature(bytes.prefix(20)) == .truncated(end: 21))
    // Behind 512 bytes of somebody's own, from which addresses count.
    #expect(try signature(Data(count: 512) + bytes) == .whole)
  }

  /// Version 2 and 3 keep sizes and addresses elsewhere.
  @Test(arguments: [2, 3] as [UInt8]) func newerSuperblocks(version: UInt8) throws {
    var bytes: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, version, 8, 8, 0]
    for address in [0, UInt64.max, 200] { bytes += withUnsafeBytes(of: address.littleEndian) { Array($0) } }
    let file = Data(bytes) + Data(count: 200 - bytes.count)
    #expect(try signature(file) == .whole)
    #expect(try signature(file.dropLast(50)) == .truncated(end: 200))
  }

  @Test func allElseIsForeign() throws {
    for bytes in [Data(), Data("<html>".utf8), Data(count: 3_000), Data([0x1F, 0x8B, 8, 0])] {
      #expect(try signature(bytes) == .foreign)
    }
    #expect(HDF5Signature(ofFile: folder.file("nothing")) == nil)
  }
}
