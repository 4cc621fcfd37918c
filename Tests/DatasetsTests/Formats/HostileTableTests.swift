import Foundation
import Testing
import VectorCore

@testable import Datasets

/// Small files with random bytes changed, cut off or put in: whatever they are, the answer is numbers or one line.
struct HostileTableTests {
  private let folder = TemporaryFolder()

  private static let seeds: [(String, [UInt8])] = [
    ("fvecs", TableBytes.fvecs([[1, 2, 3], [4, 5, 6]])), ("ivecs", TableBytes.ivecs([[1, 2], [4, 5]])),
    ("bvecs", TableBytes.bvecs([[1, 2, 3], [4, 5, 6]])), ("fbin", TableBytes.bin(2, 1, TableBytes.floats([1, 2]))),
    ("u8bin", TableBytes.bin(3, 2, [1, 2, 3, 4, 5, 6])), ("i8bin", TableBytes.bin(3, 2, [1, 2, 3, 4, 5, 6])),
    ("ibin", TableBytes.bin(1, 2, TableBytes.integers([3, 1]) + TableBytes.floats([0.5, 1]))),
    ("npy", TableBytes.npy("<f4", 2, 1, TableBytes.floats([1, 2]))),
  ]

  @Test(arguments: seeds)
  func noBytesDoHarm(_ ending: String, _ seed: [UInt8]) throws {
    var generator = SeededGenerator(seed: UInt64(ending.utf8.reduce(0) { $0 * 31 + Int($1) }))
    let path = folder.file("table.\(ending)")
    var accepted = 0
    for _ in 0..<800 {
      let bytes = Self.mutated(seed, &generator)
      let layouts: [TableLayout]
      do throws(TableFault) {
        layouts = try TableBytes.layouts(ending, bytes)
      } catch {
        #expect(!error.description.isEmpty && !error.description.contains("\n"))
        continue
      }
      accepted += 1
      for layout in layouts {
        #expect(layout.rows > 0 && layout.columns > 0)
        // The last row ends within the file.
        #expect(layout.offset + (layout.rows - 1) * layout.stride + layout.rowSize <= bytes.count)
      }
      // What a layout promises can be read, or is refused for its content.
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let table = try TableFile.open(path, part: "train").table
      do throws(DatasetError) {
        #expect(try table.matrix(rows: .max).rows == table.rows)
      } catch {
        #expect(!error.description.contains("\n"))
      }
    }
    #expect(accepted > 10, "mutations that no reader gets past test little")
  }

  /// One to three changes, of which some keep a file's size.
  private static func mutated(_ seed: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = seed
    for _ in 0...generator.next(below: 3) {
      let place = generator.next(below: max(bytes.count, 1))
      switch generator.next(below: 5) {
      case 0: bytes = Array(bytes[..<min(place, bytes.count)])
      case 1: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: min(place, bytes.count))
      case 2 where place < bytes.count: bytes[place] = [0, 0x7F, 0x80, 0xFF][generator.next(below: 4)]
      case 3 where place < bytes.count: bytes[place] ^= 1 << UInt8(generator.next(below: 8))
      default: if place < bytes.count { bytes[place] = UInt8(truncatingIfNeeded: generator.next()) }
      }
    }
    return bytes
  }
}
