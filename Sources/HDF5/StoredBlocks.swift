internal import CHDF5
import Foundation
import Synchronization
import VectorCore

/// The places of the blocks of a dataset n × d in its file, for reading several blocks in parallel without the library.
///
/// HDF5 decodes one block at a time under a global lock, and copies each block through its cache. Reading the same
/// bytes here takes 0.13 s for 85 MB of gzip-compressed floats, and `H5Dread` takes 0.41 s (two idle cores). On one
/// core, or for uncompressed floats, which are limited by memory, both take about the same time.
struct StoredBlocks: Sendable {
  /// One block: its bytes in the file, and the first row and column that it holds.
  struct Block: Sendable {
    var offset: Int
    var byteCount: Int
    var row: Int
    var column: Int
  }

  private let dataset: HDF5Dataset
  /// The file descriptor of the library, which is open as long as `dataset` exists.
  private let descriptor: CInt
  private let rows: Int
  private let decoder: BlockDecoder
  private let blocks: [Block]

  static let maximumBlockCount = 1 << 20
  private static let maximumThreads = 8
  /// The bytes of a contiguous dataset that are read together: enough to hide the cost of the call, but not beyond the
  /// cache.
  private static let pieceSize = 1 << 20

  /// Finds the blocks that hold the first `rows` rows; `nil` if only the library can read them.
  init?(of dataset: HDF5Dataset, rows: Int) throws(HDF5Error) {
    guard dataset.file.isReadOnly, rows > 0, dataset.shape[1] > 0 else { return nil }
    guard let found = try Library.locked({ () throws(HDF5Error) in try Self.find(dataset, rows: rows) }) else {
      return nil
    }
    (descriptor, decoder, blocks) = found
    self.dataset = dataset
    self.rows = rows
  }

  /// Finds the blocks. The caller must hold the lock.
  private static func find(
    _ dataset: HDF5Dataset, rows: Int
  ) throws(HDF5Error) -> (CInt, BlockDecoder, [Block])? {
    let place = dataset.place
    let stored = try place.handle("read the type", H5Dget_type(dataset.handle.id))
    let plain =
      dataset.elementType == .bool
      ? try place.handle("read the type", H5Tget_super(stored.id)) : stored
    let standard =
      try dataset.elementType == .bool
      ? ElementType.int8.makeType(place) : dataset.elementType.makeType(place)
    guard H5Tequal(plain.id, standard.id) > 0 else { return nil }

    // Other drivers than the default one distribute a file over several files.
    let access = try place.handle("read the file's driver", H5Fget_access_plist(dataset.file.handle.id))
    guard H5Pget_driver(access.id) == chdf5_FD_SEC2() else { return nil }
    // Addresses are relative to the end of a user block, which ann-benchmarks files do not have.
    let creation = try place.handle("read the file's layout", H5Fget_create_plist(dataset.file.handle.id))
    var userBlock: hsize_t = 0
    try place.check("read the file's layout", H5Pget_userblock(creation.id, &userBlock))
    guard userBlock == 0 else { return nil }
    var driverHandle: UnsafeMutableRawPointer?
    try place.check("find the file's descriptor", H5Fget_vfd_handle(dataset.file.handle.id, 0, &driverHandle))
    guard let driverHandle else { return nil }
    let descriptor = driverHandle.load(as: CInt.self)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    let fileSize = Int(status.st_size)

    let properties = try place.handle("read the layout", H5Dget_create_plist(dataset.handle.id))
    switch H5Pget_layout(properties.id) {
    case H5D_CONTIGUOUS:
      return try contiguous(dataset, rows: rows, fileSize: fileSize).map { (descriptor, $0, $1) }
    case H5D_CHUNKED:
      return try chunked(dataset, properties, rows: rows, fileSize: fileSize).map { (descriptor, $0, $1) }
    default:
      return nil
    }
  }

  private static func contiguous(
    _ dataset: HDF5Dataset, rows: Int, fileSize: Int
  ) throws(HDF5Error) -> (BlockDecoder, [Block])? {
    let address = H5Dget_offset(dataset.handle.id)
    guard address != chdf5_ADDR_UNDEF() else { return nil }
    let columns = dataset.shape[1]
    let rowSize = columns * dataset.elementType.byteCount
    guard let offset = Int(exactly: address), offset <= fileSize, rows * rowSize <= fileSize - offset else {
      throw .corrupt(path: dataset.place.path, name: dataset.name, detail: "it lies past the end of the file")
    }
    let blockRows = min(max(pieceSize / rowSize, 1), rows)
    let decoder = BlockDecoder(
      elementType: dataset.elementType, rows: blockRows, columns: columns, isDeflated: false, isShuffled: false)
    let blocks = stride(from: 0, to: rows, by: blockRows).map { row in
      Block(offset: offset + row * rowSize, byteCount: min(blockRows, rows - row) * rowSize, row: row, column: 0)
    }
    return (decoder, blocks)
  }

  private static func chunked(
    _ dataset: HDF5Dataset, _ properties: Handle, rows: Int, fileSize: Int
  ) throws(HDF5Error) -> (BlockDecoder, [Block])? {
    let place = dataset.place
    var options: CUnsignedInt = 0
    try place.check("read the chunks", H5Pget_chunk_opts(properties.id, &options))
    var chunk: [hsize_t] = [0, 0]
    try place.check("read the chunks", H5Pget_chunk(properties.id, 2, &chunk))
    guard options == 0, let filters = try Filters(properties, elementSize: dataset.elementType.byteCount, place),
      let chunkRows = Int(exactly: chunk[0]), let chunkColumns = Int(exactly: chunk[1]),
      chunkRows > 0, chunkColumns > 0
    else { return nil }
    let decoder = BlockDecoder(
      elementType: dataset.elementType, rows: chunkRows, columns: chunkColumns,
      isDeflated: filters.isDeflated, isShuffled: filters.isShuffled)
    let columns = dataset.shape[1]
    let (across, down) = ((columns - 1) / chunkColumns + 1, (rows - 1) / chunkRows + 1)
    guard across <= maximumBlockCount / down else { return nil }

    var blocks: [Block] = []
    blocks.reserveCapacity(across * down)
    for row in stride(from: 0, to: rows, by: chunkRows) {
      for column in stride(from: 0, to: columns, by: chunkColumns) {
        Library.step()
        var (skippedFilters, address, byteCount): (CUnsignedInt, haddr_t, hsize_t) = (0, 0, 0)
        try place.check(
          "find a chunk",
          H5Dget_chunk_info_by_coord(
            dataset.handle.id, [hsize_t(row), hsize_t(column)], &skippedFilters, &address, &byteCount))
        // A chunk that was never written has the fill value, which the library knows.
        guard address != chdf5_ADDR_UNDEF(), skippedFilters == 0 else { return nil }
        guard let offset = Int(exactly: address), let byteCount = Int(exactly: byteCount),
          offset <= fileSize, byteCount <= fileSize - offset, decoder.canDecode(byteCount)
        else {
          throw .corrupt(
            path: place.path, name: dataset.name,
            detail: "the chunk at row \(row), column \(column) claims \(byteCount) bytes at \(address)")
        }
        blocks.append(Block(offset: offset, byteCount: byteCount, row: row, column: column))
      }
    }
    return (decoder, blocks)
  }

  /// Reads and decodes every block into a matrix of the first rows, and passes the floats of each block to `inspect`.
  ///
  /// - Throws: `corrupt` for the first block that cannot be decoded.
  func read(
    into target: UnsafeMutablePointer<Float>, _ inspect: @Sendable (Span<Float>, Int) -> Void
  ) throws(HDF5Error) {
    let threads = min(UsableProcessors.count, Self.maximumThreads, blocks.count)
    let firstFailure = Mutex<(number: Int, error: HDF5Error)?>(nil)
    let address = UInt(bitPattern: target)
    // Each task has several blocks, which share a scratch. Each thread gets several tasks, so that all are busy to the
    // end.
    let turn = max(blocks.count / (threads * 8), 1)
    parallelChunks(of: blocks.count, chunk: turn, threads: threads) { _, numbers in
      let target = UnsafeMutablePointer<Float>(bitPattern: address)!
      var scratch = BlockDecoder.Scratch()
      for number in numbers {
        do throws(HDF5Error) {
          try read(blocks[number], into: target, &scratch, inspect)
        } catch {
          firstFailure.withLock { first in
            if number < first?.number ?? .max { first = (number, error) }
          }
          return
        }
      }
    }
    if let failure = firstFailure.withLock({ $0 }) { throw failure.error }
  }

  private func read(
    _ block: Block, into target: UnsafeMutablePointer<Float>, _ scratch: inout BlockDecoder.Scratch,
    _ inspect: (Span<Float>, Int) -> Void
  ) throws(HDF5Error) {
    let columns = dataset.shape[1]
    let part = BlockDecoder.Part(
      rows: min(decoder.rows, rows - block.row), columns: min(decoder.columns, columns - block.column),
      target: target + block.row * columns + block.column, targetColumns: columns)
    let fault = decoder.decode(part, storedBytes: block.byteCount, &scratch) { address, byteCount in
      var done = 0
      while done < byteCount {
        let count = pread(descriptor, address + done, byteCount - done, off_t(block.offset + done))
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        done += count
      }
      return true
    }
    if let fault {
      throw .corrupt(
        path: dataset.place.path, name: dataset.name,
        detail: "the block at row \(block.row), column \(block.column) \(fault)")
    }
    // The floats of the part are one run if the part is as wide as the matrix; otherwise each row is a run.
    let runs = part.columns == columns ? 1 : part.rows
    let length = part.rows * part.columns / runs
    for run in 0..<runs {
      let first = (block.row + run) * columns + block.column
      inspect(Span(_unsafeStart: target + first, count: length), first)
    }
  }
}

/// The filters of a chunked dataset that `BlockDecoder` can reverse.
private struct Filters {
  var isShuffled = false
  var isDeflated = false

  /// Reads the filters; `nil` for other filters, another order, or a shuffle of elements of another size. The caller
  /// must hold the lock.
  init?(_ properties: Handle, elementSize: Int, _ place: Place) throws(HDF5Error) {
    let count = try place.check("read the filters", H5Pget_nfilters(properties.id))
    for number in 0..<CUnsignedInt(count) {
      var (flags, valueCount, configuration): (CUnsignedInt, Int, CUnsignedInt) = (0, 1, 0)
      var value: CUnsignedInt = 0
      let filter = H5Pget_filter2(properties.id, number, &flags, &valueCount, &value, 0, nil, &configuration)
      switch filter {
      case H5Z_FILTER_SHUFFLE where !isShuffled && !isDeflated && valueCount == 1 && Int(value) == elementSize:
        isShuffled = true
      case H5Z_FILTER_DEFLATE where !isDeflated: isDeflated = true
      default: return nil
      }
    }
  }
}
