import CKernels
import VectorCore

/// The scalar codes of one list's vectors, relative to the list's centre, in the order of the rows.
///
/// It belongs to one list. It is an object because each read of an optional structure in a list would copy its 160 bytes,
/// and a search reads it several times a list.
final class CodeBlocks {
  /// The centre, p floats.
  let center: [Float]
  let centerNorm: Float
  private(set) var count = 0
  private(set) var largest = Largest()
  private let quantizer: ScalarQuantizer
  private var blocks: RowMemory

  /// The largest ‖z − (L − 1)/2‖, |offset| and ‖x‖ of all vectors that have ever been in this list, which set a query's
  /// slack.
  ///
  /// Vectors whose codes give no bound are not counted.
  struct Largest {
    private(set) var spread: Float = 0
    private(set) var offset: Float = 0
    private(set) var norm: Float = 0

    mutating func include(spread: Float, offset: Float, norm: Float) {
      self.spread = max(self.spread, spread)
      self.offset = max(self.offset, offset)
      self.norm = max(self.norm, norm)
    }
  }

  static let lanes = Int(rbk_sq_lanes)

  convenience init(quantizer: ScalarQuantizer, center: UnsafePointer<Float>) {
    self.init(
      quantizer: quantizer, center: Array(UnsafeBufferPointer(start: center, count: quantizer.dimension)),
      centerNorm: norm(center, quantizer.dimension))
  }

  private init(quantizer: ScalarQuantizer, center: [Float], centerNorm: Float) {
    self.quantizer = quantizer
    self.center = center
    self.centerNorm = centerNorm
    blocks = RowMemory(rowBytes: quantizer.blockBytes)
  }

  /// Empty blocks with the same centre.
  func emptied() -> CodeBlocks { CodeBlocks(quantizer: quantizer, center: center, centerNorm: centerNorm) }

  /// The address of the block of vector `index`, which must be a multiple of `lanes`; the later blocks are contiguous.
  func block(from index: Int) -> UnsafePointer<UInt8> {
    UnsafePointer(blocks[index / Self.lanes].assumingMemoryBound(to: UInt8.self))
  }

  /// The memory of all blocks.
  var memory: UnsafeRawBufferPointer { blocks.memory }

  var memoryBytes: Int { blocks.capacity * blocks.rowBytes + center.capacity * MemoryLayout<Float>.stride }

  /// Encodes and appends `added` contiguous vectors, added × d. - Complexity: O(added·d); with a projection O(added·p·d).
  func append(_ vectors: UnsafePointer<Float>, count added: Int, threads: Int) {
    let total = count + added
    let blockCount = (total + Self.lanes - 1) / Self.lanes
    blocks.reserve(blockCount - blocks.count)
    while blocks.count < blockCount {
      blocks.append().initializeMemory(as: UInt8.self, repeating: 0, count: blocks.rowBytes)
    }
    // Chunks are whole blocks, so that no two threads write to the same block.
    let first = count / Self.lanes * Self.lanes
    let chunk = 1024
    var largest = [Largest](repeating: Largest(), count: (total - first + chunk - 1) / chunk)
    let (start, rowBytes, quantizer) = (count, blocks.rowBytes, quantizer)
    let base = Disjoint(
      UnsafeMutableBufferPointer(
        start: blocks[0].assumingMemoryBound(to: UInt8.self), count: blockCount * rowBytes))
    let source = Shared(vectors)
    largest.withUnsafeMutableBufferPointer { largest in
      center.withUnsafeBufferPointer { center in
        let most = mostNorm
        let largest = Disjoint(largest)
        let center = Shared(center.baseAddress!)
        parallelChunks(of: total - first, chunk: chunk, threads: threads) { number, range in
          let range = max(range.lowerBound + first, start)..<range.upperBound + first
          quantizer.withFrame(center: center.pointer) { frame in
            quantizer.forEachProjected(
              source.pointer + (range.lowerBound - start) * quantizer.vectorDimension, count: range.count
            ) { row, vector, error in
              let index = range.lowerBound + row
              let block = base.address(index / Self.lanes * rowBytes)
              let lane = index % Self.lanes
              let spread = quantizer.kernels.encode(frame, vector, error, block, lane)
              let (offsets, norm) = (Self.offsets(of: block, rowBytes), norm(vector, quantizer.dimension))
              if norm <= most, offsets[lane + Self.lanes] <= most {
                largest[number].include(
                  spread: spread.squareRoot().nextUp, offset: abs(offsets[lane]), norm: norm)
              } else {
                // No bound excludes this vector, so its rounding error need not be part of the slack of all others.
                offsets[lane] = .infinity
                offsets[lane + Self.lanes] = .infinity
              }
            }
          }
        }
      }
    }
    for chunk in largest { self.largest.include(spread: chunk.spread, offset: chunk.offset, norm: chunk.norm) }
    count = total
  }

  /// Removes vector `index`; the last vector takes its place. - Complexity: O(d).
  func swapRemove(at index: Int) {
    count -= 1
    if index < count { copyLane(from: count, to: index) }
    if count % Self.lanes == 0 { blocks.swapRemove(at: count / Self.lanes) }
  }

  private func copyLane(from source: Int, to target: Int) {
    let from = blocks[source / Self.lanes]
    let to = blocks[target / Self.lanes]
    // Codes, offsets and errors have the same layout: groups of 64 bytes, with 4 bytes for each lane.
    for start in stride(from: 0, to: blocks.rowBytes, by: 64) {
      (to + start + target % Self.lanes * 4).copyMemory(
        from: from + start + source % Self.lanes * 4, byteCount: 4)
    }
  }

  /// The address of the offsets of a block's vectors; their errors follow, up to the end of the block.
  private static func offsets(
    of block: UnsafeMutablePointer<UInt8>, _ rowBytes: Int
  ) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(block + rowBytes - 128).assumingMemoryBound(to: Float.self)
  }

  /// Four times the greatest length of a decoded vector; codes give no bound for a longer vector.
  private var mostNorm: Float {
    let step = quantizer.step.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return 4 * (centerNorm + quantizer.middleNorm + Float(quantizer.kernels.levels - 1) / 2 * step)
  }
}

/// ‖vector‖, rounded up.
func norm(_ vector: UnsafePointer<Float>, _ dimension: Int) -> Float {
  var square: Float = 0
  Kernels.active.dot_f32(vector, vector, 1, dimension, &square)
  return square.squareRoot() * (1 + roundingShare(dimension))
}

/// A bound on the relative rounding error of a Float32 sum of `dimension` products, in any order of addition.
func roundingShare(_ dimension: Int) -> Float { Float(dimension + 16) * 0x1p-23 }
