import Foundation

/// Bytes that begin as an HDF5 file does.
enum HDF5Bytes {
  /// A superblock that states as many bytes as there are, and noise.
  static func file(_ count: Int, seed: Int = 1) -> Data {
    var bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* (30 + seed) &+ $0 >> 8) }
    var head: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0, 0, 8, 8, 0]
    head += [UInt8](repeating: 0, count: 8)
    for address in [0, UInt64.max, UInt64(count)] { head += withUnsafeBytes(of: address.littleEndian) { Array($0) } }
    bytes.replaceSubrange(..<head.count, with: head)
    return Data(bytes)
  }
}
