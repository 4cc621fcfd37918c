internal import CZlib

/// What is deflated (RFC 1951) made whole again.
public enum Deflate {
  /// Inflates a zlib stream (RFC 1950) that fills the target.
  ///
  /// - Returns: nil, or zlib's status for a stream that is damaged or of another length.
  public static func inflate(zlib source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int? {
    var size = uLongf(target.count)
    let status = uncompress(
      target.baseAddress?.assumingMemoryBound(to: UInt8.self), &size,
      source.baseAddress?.assumingMemoryBound(to: UInt8.self), uLong(source.count))
    return status != Z_OK ? Int(status) : size == target.count ? nil : Int(Z_BUF_ERROR)
  }

  /// Inflates a stream without header, as in ZIP files, that fills the target.
  ///
  /// - Returns: nil, or zlib's status for a stream that is damaged or of another length.
  public static func inflate(raw source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int? {
    var stream = z_stream()
    // A negative number of window bits means that there is no header.
    guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      return Int(Z_MEM_ERROR)
    }
    defer { inflateEnd(&stream) }
    // zlib counts in 32 bits.
    let most = 1 << 30
    var (read, written) = (0, 0)
    while true {
      let (given, room) = (min(source.count - read, most), min(target.count - written, most))
      stream.next_in = UnsafeMutablePointer(
        mutating: source.baseAddress.map { $0.advanced(by: read).assumingMemoryBound(to: UInt8.self) })
      stream.next_out = target.baseAddress.map { $0.advanced(by: written).assumingMemoryBound(to: UInt8.self) }
      (stream.avail_in, stream.avail_out) = (uInt(given), uInt(room))
      let status = CZlib.inflate(&stream, Z_NO_FLUSH)
      let (taken, made) = (given - Int(stream.avail_in), room - Int(stream.avail_out))
      (read, written) = (read + taken, written + made)
      if status == Z_STREAM_END { return written == target.count ? nil : Int(Z_BUF_ERROR) }
      guard status == Z_OK, taken > 0 || made > 0 else { return Int(status == Z_OK ? Z_BUF_ERROR : status) }
    }
  }

  /// The CRC-32 that ZIP files state.
  public static func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    UInt32(truncatingIfNeeded: crc32_z(0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
  }
}
