import VectorCore
import Zlib

/// Turns the stored bytes of a block of rows × columns elements into floats.
///
/// Undoes the gzip filter (a zlib stream, RFC 1950) and the shuffle filter (byte i of every element together).
struct BlockDecoder: Sendable {
  let elementType: ElementType
  let rows: Int
  let columns: Int
  let isDeflated: Bool
  let isShuffled: Bool

  /// The part of a block that is inside the dataset, and where it goes.
  struct Part {
    var rows: Int
    var columns: Int
    /// Its first element's place in a matrix of `targetColumns` columns.
    var target: UnsafeMutablePointer<Float>
    var targetColumns: Int
  }

  /// Memory that one thread reuses from block to block.
  struct Scratch: ~Copyable {
    fileprivate var stored = Buffer()
    fileprivate var inflated = Buffer()
    fileprivate var elements = Buffer()
  }

  /// Whether that many stored bytes can make a whole block: zlib shrinks by no more than 1032.
  func canDecode(_ storedBytes: Int) -> Bool {
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard !overflow, count <= Int.max / 8 else { return false }
    let blockSize = count * elementType.byteCount
    return isDeflated ? storedBytes >= blockSize / 1_100 : storedBytes == blockSize
  }

  /// Reads a block's bytes and decodes the part of it that is wanted.
  ///
  /// - Parameter read: puts `storedBytes` bytes at the address; false when the file ends before.
  /// - Returns: nil, or what is wrong with the block.
  func decode(
    _ part: Part, storedBytes: Int, _ scratch: inout Scratch, read: (UnsafeMutableRawPointer, Int) -> Bool
  ) -> String? {
    let fillsRows = part.columns == part.targetColumns && columns == part.columns
    let isVerbatim = elementType == .float32 && fillsRows
    if isVerbatim, !isDeflated, !isShuffled {
      // Floats as they are: straight to their place.
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
