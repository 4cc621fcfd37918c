import VectorCore
import Zlib

/// Decodes the stored bytes of a block of rows × columns elements to floats.
///
/// It reverses the gzip filter (a zlib stream, RFC 1950) and the shuffle filter (byte i of all elements together).
struct BlockDecoder: Sendable {
  let elementType: ElementType
  let rows: Int
  let columns: Int
  let isDeflated: Bool
  let isShuffled: Bool

  /// The part of a block that is inside the dataset, and its place in the target matrix.
  struct Part {
    var rows: Int
    var columns: Int
    /// The address of the first element, in a matrix of `targetColumns` columns.
    var target: UnsafeMutablePointer<Float>
    var targetColumns: Int
  }

  /// Memory that one thread reuses from block to block.
  struct Scratch: ~Copyable {
    fileprivate var stored = Buffer()
    fileprivate var inflated = Buffer()
    fileprivate var elements = Buffer()
  }

  /// Whether this many stored bytes can decode to a whole block: zlib compresses by a factor of at most 1032.
  func canDecode(_ storedBytes: Int) -> Bool {
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard !overflow, count <= Int.max / 8 else { return false }
    let blockSize = count * elementType.byteCount
    return isDeflated ? storedBytes >= blockSize / 1_100 : storedBytes == blockSize
  }

  /// Reads the bytes of a block and decodes the wanted part.
  ///
  /// - Parameter read: reads `storedBytes` bytes to the address; returns false if the file ends before.
  /// - Returns: `nil`, or a description of the error in the block.
  func decode(
    _ part: Part, storedBytes: Int, _ scratch: inout Scratch, read: (UnsafeMutableRawPointer, Int) -> Bool
  ) -> String? {
    let fillsRows = part.columns == part.targetColumns && columns == part.columns
    let isVerbatim = elementType == .float32 && fillsRows
    if isVerbatim, !isDeflated, !isShuffled {
      // Uncompressed floats are read directly into the matrix.
      return read(part.target, part.rows * columns * 4) ? nil : "ends before its bytes do"
    }

    var bytes = UnsafePointer(scratch.stored.reserve(storedBytes))
    guard read(UnsafeMutableRawPointer(mutating: bytes), storedBytes) else { return "ends before its bytes do" }
    let blockSize = rows * columns * elementType.byteCount
    if isDeflated {
      let target = scratch.inflated.reserve(blockSize)
      let status = Deflate.inflate(
        zlib: UnsafeRawBufferPointer(start: bytes, count: storedBytes),
        into: UnsafeMutableRawBufferPointer(start: target, count: blockSize))
      if let status { return "is no whole gzip stream (zlib status \(status))" }
      bytes = UnsafePointer(target)
    }
    if isShuffled, elementType.byteCount > 1 {
      let wanted = part.rows * columns
      let target =
        isVerbatim
        ? UnsafeMutableRawPointer(part.target) : UnsafeMutableRawPointer(scratch.elements.reserve(blockSize))
      unshuffle(bytes, planeSize: rows * columns, count: wanted, into: target)
      if isVerbatim { return nil }
      bytes = UnsafePointer(target.assumingMemoryBound(to: UInt8.self))
    }
    if fillsRows {
      elementType.convert(bytes, count: part.rows * columns, to: part.target)
    } else {
      for row in 0..<part.rows {
        elementType.convert(
          bytes + row * columns * elementType.byteCount, count: part.columns,
          to: part.target + row * part.targetColumns)
      }
    }
    return nil
  }

  private func unshuffle(
    _ planes: UnsafePointer<UInt8>, planeSize: Int, count: Int, into target: UnsafeMutableRawPointer
  ) {
    switch elementType.byteCount {
    case 2: interleave(planes, planeSize, count, target.bindMemory(to: UInt16.self, capacity: count))
    case 4: interleave(planes, planeSize, count, target.bindMemory(to: UInt32.self, capacity: count))
    default: interleave(planes, planeSize, count, target.bindMemory(to: UInt64.self, capacity: count))
    }
  }

  /// Byte i of element j is byte j of plane i; elements are little-endian.
  @inline(__always)
  private func interleave<Bits: FixedWidthInteger>(
    _ planes: UnsafePointer<UInt8>, _ planeSize: Int, _ count: Int, _ target: UnsafeMutablePointer<Bits>
  ) {
    for index in 0..<count {
      var bits: Bits = 0
      for byte in 0..<MemoryLayout<Bits>.size {
        bits |= Bits(truncatingIfNeeded: planes[byte &* planeSize &+ index]) &<< Bits(truncatingIfNeeded: 8 &* byte)
      }
      target[index] = Bits(littleEndian: bits)
    }
  }
}

/// Raw memory that grows and never shrinks, 64-byte aligned.
private struct Buffer: ~Copyable {
  private var base: UnsafeMutablePointer<UInt8>?
  private var capacity = 0

  mutating func reserve(_ byteCount: Int) -> UnsafeMutablePointer<UInt8> {
    if let base, byteCount <= capacity { return base }
    base.map { UnsafeMutableRawPointer($0).deallocate() }
    let fresh = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 64), alignment: 64)
      .bindMemory(to: UInt8.self, capacity: max(byteCount, 64))
    (base, capacity) = (fresh, max(byteCount, 64))
    return fresh
  }

  deinit { base.map { UnsafeMutableRawPointer($0).deallocate() } }
}
