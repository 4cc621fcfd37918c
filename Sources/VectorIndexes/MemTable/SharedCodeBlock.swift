import Synchronization

/// A block of product codes that one thread fills, vector by vector, while others read it.
///
/// Two vectors share the bytes of 4-bit codes, and a scan reads whole blocks. So the words of the block are atomic: the
/// writer adds the bits of a vector to words whose other bits stay unchanged, and a reader scans a copy of the block. A
/// full block is never written again, and is scanned in place.
struct SharedCodeBlock {
  let shape: ProductCodeShape
  private let words: UnsafeMutablePointer<Atomic<UInt64>>

  /// - Parameter bytes: `shape.blockBytes` bytes, 64-byte aligned, zero where nothing is written yet.
  init(_ bytes: UnsafeMutableRawPointer, shape: ProductCodeShape) {
    self.shape = shape
    words = bytes.assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  /// The number of words of a block with this shape.
  static func wordCount(_ shape: ProductCodeShape) -> Int { shape.blockBytes / MemoryLayout<UInt64>.stride }

  /// Writes the row-major code and the correction of the vector at `lane`, once. - Complexity: O(m).
  func write(_ code: UnsafePointer<UInt8>, _ correction: ProductCorrection, lane: Int) {
    if shape.nbits == 4 {
      // Four adjacent bytes are the codes of four subquantizers: low nibbles of vector i, high nibbles of vector i +
      // 16.
      let shift = UInt64(lane % 2 * 32 + lane / 16 * 4)
      for line in 0..<(shape.m + 3) / 4 {
        let pairs = (code[2 * line], 4 * line + 2 < shape.m ? code[2 * line + 1] : 0)
        let low = UInt64(pairs.0 & 15) | UInt64(pairs.0 >> 4) << 8
        let high = UInt64(pairs.1 & 15) | UInt64(pairs.1 >> 4) << 8
        add((low | high << 16) << shift, to: line * 8 + lane % 16 / 2)
      }
    } else {
      // Byte 2i of a line belongs to vector i, byte 2i + 1 to vector i + 32.
      let byte = lane % 32 * 2 + lane / 32
      for subquantizer in 0..<shape.m {
        add(UInt64(code[subquantizer]) << UInt64(byte % 8 * 8), to: subquantizer * 8 + byte / 8)
      }
    }
    let corrections = shape.correctionsAt / MemoryLayout<UInt64>.stride + lane / 4
    let shift = UInt64(lane % 4 * 16)
    add(UInt64(correction.offset) << shift, to: corrections)
    add(UInt64(correction.factor) << shift, to: corrections + shape.lanes / 4)
  }

  /// Copies the whole block. - Complexity: O(m).
  func copy(to room: UnsafeMutablePointer<UInt64>) {
    for word in 0..<Self.wordCount(shape) {
      room[word] = words[word].load(ordering: .relaxed)
    }
  }

  /// Adds bits to a word. There is one writer, so load and store need not be one atomic operation.
  private func add(_ bits: UInt64, to word: Int) {
    let old = words[word].load(ordering: .relaxed)
    words[word].store(old | bits.littleEndian, ordering: .relaxed)
  }
}
