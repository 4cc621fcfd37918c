import VectorCore

/// Vectors that are scanned together: rows in contiguous memory, with their ids and insertion sequences.
///
/// The order of the rows means nothing: answers are ordered by (distance, sequence), so a removal may move a row.
final class VectorList {
  private(set) var format: RowFormat
  private(set) var ids: [UInt64] = []
  /// The insertion sequences, beside `ids`.
  private(set) var sequences: [UInt64] = []
  /// The rows' codes, by which a scan rules most of them out; nil where the rows are scanned as they are.
  private(set) var codes: CodeBlocks?
  /// The rows' product codes; nil in an index that has none.
  private var productCodes: ProductCodeBlocks?
  /// Vectors of other lists that are found from this one too; nil where each vector is in one list.
  var copies: SpilledCopies?
  /// Where each row has its spilled copy, if there are any.
  private(set) var copyPlaces: [RowPlace] = []
  private var rows: RowMemory
  /// How many rows there were when `noteWritten` was called last, and how many of them, from the first on, are as they were.
  private(set) var written = (count: 0, unchanged: 0)

  init(format: RowFormat, productCodes shape: ProductCodeShape? = nil, hasCopies: Bool = false) {
    self.format = format
    rows = RowMemory(rowBytes: format.rowBytes)
    if let shape {
      productCodes = ProductCodeBlocks(shape: shape)
      if hasCopies { copies = SpilledCopies(shape: shape) }
    }
  }

  /// Takes over a list of product codes, whose memory is copied; this one is empty and of the same format.
  ///
  /// - Complexity: O(n·d).
  func copy(_ other: VectorList) {
    precondition(other.codes == nil && format == other.format, "a list with codes of its own, or of another format")
    ids = other.ids
    sequences = other.sequences
    copyPlaces = other.copyPlaces
    rows = RowMemory(copying: other.rows)
    productCodes = other.productCodes?.copy()
    copies = other.copies?.copy()
  }

  var count: Int { ids.count }

  /// The address of row `index`, in this list's format; the rows after it follow without gaps.
  func row(_ index: Int) -> UnsafeRawPointer { UnsafeRawPointer(rows[index]) }

  /// The address of the codes of rows `index`, a multiple of the lanes of a block, and after; the list is coded.
  func codeBlock(from index: Int) -> UnsafePointer<UInt8> { codes!.block(from: index) }

  /// The product codes of this list's rows, whose number is `number`.
  func codedRows(_ number: UInt32) -> CodedRows {
    productCodes!.rows(ofList: number, origins: nil)
  }

  /// The product codes of this list's spilled copies, if there are any.
  func codedCopies(_ number: UInt32) -> CodedRows? {
    guard let copies = copies?.rows(ofList: number), copies.count > 0 else { return nil }
    return copies
  }

  /// The product codes of some rows, one after the other, row-major. - Complexity: O(n·m).
  func productCodes(of rows: some Collection<Int>) -> [UInt8] {
    guard let bytes = productCodes?.shape.codeBytes, !rows.isEmpty else { return [] }
    return [UInt8](unsafeUninitializedCapacity: rows.count * bytes) { codes, count in
      count = rows.count * bytes
      for (number, row) in rows.enumerated() { readProductCode(row, into: codes.baseAddress! + number * bytes) }
    }
  }

  /// Writes row `index`'s product code, row-major, to `code`. - Complexity: O(m).
  func readProductCode(_ index: Int, into code: UnsafeMutablePointer<UInt8>) { productCodes!.read(index, into: code) }

  /// The correction of row `index`'s product code.
  func correction(of index: Int) -> ProductCorrection { productCodes!.correction(of: index) }

  /// The bound of this list, which is coded, for one query. - Complexity: O(d).
  func bound(_ query: CodedQuery) -> ListBound { ListBound(query, to: codes!) }

  /// Adds vectors in the order of their ids; `codeNewRows` comes after it.
  ///
  /// A large batch gets the memory it needs and no more; vectors one by one grow the memory by half.
  ///
  /// - Parameters:
  ///   - sequences: beside `newIDs`.
  ///   - write: writes vector `number` of those added at the address, in this list's format, every byte of it.
  /// - Complexity: amortised O(added·d).
  func append(
    ids newIDs: some Collection<UInt64>, sequences newSequences: some Collection<UInt64>, threads: Int,
    write: @Sendable (_ number: Int, _ row: UnsafeMutableRawPointer) -> Void
  ) {
    let added = newIDs.count
    let rowBytes = format.rowBytes
    let start = rows.append(added)
    let target = Disjoint(
      UnsafeMutableBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: added * rowBytes))
    parallelChunks(of: added, chunk: 1024, threads: threads) { _, numbers in
      for number in numbers { write(number, target.address(number * rowBytes)) }
    }
    ids.reserveCapacity(rows.capacity)
    sequences.reserveCapacity(rows.capacity)
    ids.append(contentsOf: newIDs)
    sequences.append(contentsOf: newSequences)
  }

  /// Adds the product codes of the vectors just appended, if this list has such codes.
  ///
  /// - Parameter rows: which of all the codes are those of the vectors, in the vectors' order.
  func append(productCodes all: ProductCodes?, of rows: some Collection<Int>) {
    if let all { productCodes?.append(all, rows: rows) }
  }

  /// Adds row `row` of another list, with its product code where both lists have such codes. - Complexity: O(d + m).
  func append(_ row: Int, of other: VectorList) {
    let target = rows.append()
    if format == other.format {
      target.copyMemory(from: other.row(row), byteCount: format.rowBytes)
    } else {
      withUnsafeTemporaryAllocation(of: Float.self, capacity: format.dimension) { vector in
        guard let vector = vector.baseAddress else { return }
        other.format.read(other.row(row), into: vector)
        format.write(vector, to: target)
      }
    }
    ids.append(other.ids[row])
    sequences.append(other.sequences[row])
    if productCodes != nil, other.productCodes != nil { productCodes!.append(row, of: other.productCodes!) }
  }

  /// Replaces the product codes of all rows by these, in the rows' order. - Complexity: O(n·m).
  func replaceProductCodes(by all: ProductCodes) {
    guard let shape = productCodes?.shape else { preconditionFailure("a list without product codes") }
    productCodes = ProductCodeBlocks(shape: shape)
    append(productCodes: all, of: ids.indices)
    written.unchanged = 0
  }

  /// Copies row `row`'s product code and correction to place `target` among others of this shape. - Complexity: O(m).
  func copyProductCode(_ row: Int, to cells: ProductCodeCells, at target: Int) {
    productCodes!.copy(row, to: cells, at: target)
  }

  /// Adds the product codes of the `added` vectors just appended, which are the first of others of this shape.
  func append(productCodes cells: ProductCodeCells, count added: Int) { productCodes!.append(cells, count: added) }

  /// Makes room for so many more rows.
  func reserve(_ additional: Int) { rows.reserve(additional) }

  /// Removes all rows and frees their memory; what comes is coded as they were.
  func removeAll() {
    codes = codes?.emptied()
    rows = RowMemory(rowBytes: format.rowBytes)
    if let shape = productCodes?.shape { productCodes = ProductCodeBlocks(shape: shape) }
    ids = []
    sequences = []
    written.unchanged = 0
  }

  /// Notes that all rows are written down as they are: what changes from now on shows in `written`.
  func noteWritten() { written = (count, count) }

  /// Whether nothing has changed since.
  var isWritten: Bool { written.count == count && written.unchanged == count }

  /// Notes where a row has its spilled copy, in the order of the rows, or changes that.
  func setCopyPlace(of row: Int, to place: RowPlace) {
    if row == copyPlaces.count { copyPlaces.append(place) } else { copyPlaces[row] = place }
  }

  /// Codes all rows about `center`, d floats, in place of any codes there are. - Complexity: O(n·d).
  func code(with quantizer: ScalarQuantizer, center: UnsafePointer<Float>, threads: Int) {
    precondition(format == RowFormat(encoding: .floats, dimension: quantizer.dimension), "rows to code are d floats")
    codes = CodeBlocks(quantizer: quantizer, center: center)
    codeNewRows(threads: threads)
  }

  /// Codes the rows that have come since the last time, if this list's rows are coded.
  func codeNewRows(threads: Int) {
    guard let start = codes?.count, start < count else { return }
    codes?.append(row(start).assumingMemoryBound(to: Float.self), count: count - start, threads: threads)
  }

  /// Removes row `index`; the last row takes its place. All rows have been coded. - Complexity: O(d).
  func swapRemove(at index: Int) {
    codes?.swapRemove(at: index)
    productCodes?.swapRemove(at: index)
    rows.swapRemove(at: index)
    if !copyPlaces.isEmpty {
      copyPlaces.swapAt(index, count - 1)
      copyPlaces.removeLast()
    }
    ids.swapAt(index, count - 1)
    ids.removeLast()
    sequences.swapAt(index, sequences.count - 1)
    sequences.removeLast()
    written.unchanged = min(written.unchanged, index)
  }

  /// Rewrites all rows in another format of the same dimension. - Complexity: O(n·d).
  func convert(to target: RowFormat) {
    var converted = RowMemory(rowBytes: target.rowBytes)
    converted.reserve(count)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: format.dimension) { vector in
      guard let vector = vector.baseAddress else { return }
      for index in 0..<count {
        format.read(row(index), into: vector)
        target.write(vector, to: converted.append())
      }
    }
    rows = converted
    format = target
    written.unchanged = 0
  }

  var memoryBytes: Int {
    (codes?.memoryBytes ?? 0) + (productCodes?.memoryBytes ?? 0) + (copies?.memoryBytes ?? 0)
      + rows.capacity * format.rowBytes + copyPlaces.capacity * MemoryLayout<RowPlace>.stride
      + (ids.capacity + sequences.capacity) * MemoryLayout<UInt64>.stride
  }
}
