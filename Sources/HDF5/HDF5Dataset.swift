internal import CHDF5
import Foundation
import VectorCore

/// A dataset: numbers of one type in a row-major array of any shape.
public struct HDF5Dataset: Sendable {
  public let file: HDF5File
  public let name: String
  /// The number of elements in each direction; empty for a scalar.
  public let shape: [Int]
  public let elementType: ElementType
  let handle: Handle
  let place: Place

  /// Reads shape and type. The caller must hold the lock.
  init(file: HDF5File, _ handle: Handle, _ place: Place) throws(HDF5Error) {
    self.file = file
    self.handle = handle
    self.place = place
    name = place.name ?? ""
    // If it were asked for the shape, the library would open the other files of a virtual dataset.
    if let target = try Self.otherFile(of: handle, place) {
      throw .elsewhere(path: place.path, name: name, target: target)
    }
    let space = try place.handle("read the shape", H5Dget_space(handle.id))
    let rank = try place.check("read the shape", H5Sget_simple_extent_ndims(space.id))
    var dimensions = [hsize_t](repeating: 0, count: Int(rank))
    try place.check("read the shape", H5Sget_simple_extent_dims(space.id, &dimensions, nil))
    shape = dimensions.map { Int(clamping: $0) }
    let type = try place.handle("read the type", H5Dget_type(handle.id))
    let kind = H5Tget_class(type.id)
    guard let elementType = ElementType(class: kind, of: type.id) else {
      throw .unsupportedType(path: place.path, name: name, type: typeName(kind))
    }
    self.elementType = elementType
  }

  /// The first other file in which a virtual dataset or external storage has elements; `nil` for none.
  private static func otherFile(of handle: Handle, _ place: Place) throws(HDF5Error) -> String? {
    let properties = try place.handle("read the layout", H5Dget_create_plist(handle.id))
    var target = [CChar](repeating: 0, count: 1 << 10)
    switch H5Pget_layout(properties.id) {
    case H5D_VIRTUAL:
      // A virtual dataset without sources has no file name.
      H5Pget_virtual_filename(properties.id, 0, &target, target.count - 1)
    case H5D_CONTIGUOUS where H5Pget_external_count(properties.id) > 0:
      var (offset, size): (off_t, hsize_t) = (0, 0)
      try place.check(
        "read the layout", H5Pget_external(properties.id, 0, target.count - 1, &target, &offset, &size))
    default: return nil
    }
    return oneLine(target)
  }

  /// Refuses a shape with more elements than the file can hold, and chunks that are stored but cannot be found.
  ///
  /// - Throws: `tooLarge`, `corrupt`. - Complexity: O(c log c) for c chunks.
  public func checkStorage() throws(HDF5Error) {
    try check(shape, bytes: byteCount(shape, elementSize: 1), elementSize: 1)
    try Library.locked { () throws(HDF5Error) in try checkChunks() }
  }

  /// Compares the stored chunks with those that a search by coordinates finds. For a chunk that this search misses, the
  /// library returns the fill value without an error. The caller must hold the lock.
  private func checkChunks() throws(HDF5Error) {
    let properties = try place.handle("read the layout", H5Dget_create_plist(handle.id))
    guard H5Pget_layout(properties.id) == H5D_CHUNKED, shape.count == 2, !shape.contains(0) else { return }
    var chunk: [hsize_t] = [0, 0]
    try place.check("read the chunks", H5Pget_chunk(properties.id, 2, &chunk))
    guard let rows = Int(exactly: chunk[0]), let columns = Int(exactly: chunk[1]), rows > 0, columns > 0,
      (shape[1] - 1) / columns + 1 <= StoredBlocks.maximumBlockCount / ((shape[0] - 1) / rows + 1)
    else { return }
    let space = try place.handle("read the shape", H5Dget_space(handle.id))
    var stored: hsize_t = 0
    try place.check("count the chunks", H5Dget_num_chunks(handle.id, space.id, &stored))
    var found: hsize_t = 0
    for row in stride(from: 0, to: shape[0], by: rows) {
      Library.step()
      for column in stride(from: 0, to: shape[1], by: columns) {
        var byteCount: hsize_t = 0
        // The library returns an error for a chunk that was never written.
        if H5Dget_chunk_storage_size(handle.id, [hsize_t(row), hsize_t(column)], &byteCount) >= 0 { found += 1 }
      }
    }
    guard found == stored else {
      throw .corrupt(
        path: place.path, name: name,
        detail: "\(stored) of its chunks are stored, \(found) are where they are looked for")
    }
  }

  /// The number of elements, checked against what the file stores and what memory can hold.
  ///
  /// A few damaged bytes can claim any shape, and nothing may be allocated for an impossible one.
  ///
  /// - Parameters:
  ///   - shape: the part of the dataset's shape that is about to be read.
  ///   - elementSize: the number of bytes of an element in memory.
  func checkedCount(_ shape: [Int], elementSize: Int) throws(HDF5Error) -> Int {
    if shape.contains(0) { return 0 }
    let bytes = byteCount(shape, elementSize: elementSize)
    guard bytes < ProcessInfo.processInfo.physicalMemory else {
      throw .tooLarge(
        path: place.path, name: name, shape: shape,
        reason: "needs \(gibibytes(bytes)) of memory; this machine has "
          + gibibytes(Int(clamping: ProcessInfo.processInfo.physicalMemory)))
    }
    try check(shape, bytes: bytes, elementSize: elementSize)
    return bytes / elementSize
  }

  private func byteCount(_ shape: [Int], elementSize: Int) -> Int {
    shape.reduce(elementSize) { bytes, extent in
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      return overflow ? .max : product
    }
  }

  private func check(_ shape: [Int], bytes: Int, elementSize: Int) throws(HDF5Error) {
    // Zlib compresses by a factor of at most 1032. One more MiB allows for small datasets that were never written.
    let stored = storedBytes
    guard (bytes / elementSize - 1 << 20) / 1_100 <= stored else {
      throw .tooLarge(
        path: place.path, name: name, shape: shape, reason: "is more than the \(stored) bytes stored for it can hold")
    }
  }

  /// The bytes of the file that hold the elements: at most the size of the file, whatever the file states.
  private var storedBytes: Int { min(Int(clamping: Library.locked { H5Dget_storage_size(handle.id) }), file.size) }

  /// Reads the first `limit` rows, by default all, converted to `Element` by HDF5.
  ///
  /// - Returns: the elements, row-major.
  /// - Complexity: O(elements).
  public func read<Element: HDF5Element>(
    as type: Element.Type = Element.self, rows limit: Int = .max
  ) throws(HDF5Error) -> [Element] {
    var part = shape
    if let rows = part.first { part[0] = min(rows, limit) }
    let count = try checkedCount(part, elementSize: MemoryLayout<Element>.stride)
    guard count > 0 else { return [] }
    var failure: HDF5Error?
    let elements = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(HDF5Error) {
        let memory = try Library.locked { () throws(HDF5Error) in try Element.elementType.makeType(place) }
        try read(
          memory, firstRow: 0, shape: part, elementSize: MemoryLayout<Element>.stride,
          into: UnsafeMutableRawPointer(buffer.baseAddress!))
        initialized = count
      } catch { failure = error }
    }
    if let failure { throw failure }
    return elements
  }

  /// Reads a range of rows as they are stored, in `elementType`, little-endian and row-major.
  ///
  /// - Complexity: O(elements).
  public func readBytes(rows: Range<Int>) throws(HDF5Error) -> [UInt8] {
    precondition(!shape.isEmpty && rows.lowerBound >= 0 && rows.upperBound <= shape[0], "rows \(rows) of \(shape)")
    let part = [rows.count] + shape.dropFirst()
    let count = try checkedCount(part, elementSize: elementType.byteCount)
    var bytes = [UInt8](repeating: 0, count: count * elementType.byteCount)
    guard count > 0 else { return bytes }
    let memory = try Library.locked { () throws(HDF5Error) in try elementType.makeType(place) }
    try read(
      memory, firstRow: rows.lowerBound, shape: part, elementSize: elementType.byteCount, into: &bytes)
    return bytes
  }

  /// Reads a range of rows, `part` elements in each direction, into memory through the library, some megabytes per
  /// call.
  ///
  /// - Parameters:
  ///   - elementSize: the number of bytes of an element in memory.
  ///   - inspect: called after each call of the library with the rows just read.
  func read(
    _ memoryType: Handle, firstRow: Int, shape part: [Int], elementSize: Int, into address: UnsafeMutableRawPointer,
    _ inspect: (Range<Int>) -> Void = { _ in }
  ) throws(HDF5Error) {
    let rows = part.first ?? 1
    let rowSize = part.dropFirst().reduce(elementSize, *)
    let (chunkRows, chunkBytes) = try chunk()
    // A slab has whole chunks, so that each is read once, or 8 MB of rows if there are no chunks.
    let slab = min(max(chunkRows, (8 << 20) / rowSize / chunkRows * chunkRows, 1), rows)
    // The library holds a chunk as stored, decoded and converted, and converts a slab in its own buffer.
    let (most, overflow) = (storedBytes + 1 << 10).multipliedReportingOverflow(by: 1_100)
    let memory = 4 * min(chunkBytes, overflow ? .max / 4 : most, .max / 8)
    for first in stride(from: 0, to: rows, by: slab) {
      let count = min(slab, rows - first)
      try Library.locked(allowing: memory) { () throws(HDF5Error) in
        let shape = part.isEmpty ? [] : [count] + part.dropFirst()
        let (memory, stored) = try selection(firstRow: firstRow + first, shape: shape)
        try place.check(
          "read", H5Dread(handle.id, memoryType.id, memory.id, stored.id, 0, address + first * rowSize))
      }
      inspect(first..<first + count)
    }
  }

  /// The memory space of that shape, and the selected rows of the dataset. The caller must hold the lock.
  func selection(firstRow: Int, shape part: [Int]) throws(HDF5Error) -> (memory: Handle, stored: Handle) {
    let stored = try place.handle("read the shape", H5Dget_space(handle.id))
    let extents = part.map { hsize_t($0) }
    var offset = extents.map { _ in hsize_t(0) }
    if !offset.isEmpty {
      offset[0] = hsize_t(firstRow)
      try place.check("select rows", H5Sselect_hyperslab(stored.id, H5S_SELECT_SET, offset, nil, extents, nil))
    }
    return (try place.handle("select memory", H5Screate_simple(CInt(part.count), extents, nil)), stored)
  }

  /// The number of rows of a chunk; 1 without chunks. Reading multiples of this number reads each chunk once.
  public func rowsOfAChunk() throws(HDF5Error) -> Int { try chunk().rows }

  /// The number of rows of a chunk, and its number of bytes as the file states it; 1 and 0 without chunks.
  private func chunk() throws(HDF5Error) -> (rows: Int, bytes: Int) {
    try Library.locked { () throws(HDF5Error) in
      let properties = try place.handle("read the layout", H5Dget_create_plist(handle.id))
      guard H5Pget_layout(properties.id) == H5D_CHUNKED else { return (1, 0) }
      var chunk = shape.map { _ in hsize_t(1) }
      try place.check("read the chunks", H5Pget_chunk(properties.id, CInt(chunk.count), &chunk))
      let bytes = chunk.reduce(elementType.byteCount) { bytes, extent in
        let (product, overflow) = bytes.multipliedReportingOverflow(by: Int(clamping: extent))
        return overflow ? .max : product
      }
      return (max(Int(clamping: chunk.first ?? 1), 1), bytes)
    }
  }

  private func gibibytes(_ bytes: Int) -> String { String(format: "%.1f GiB", Double(bytes) / 0x1p30) }
}
