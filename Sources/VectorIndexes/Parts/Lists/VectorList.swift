import VectorCore

/// Vectors that are scanned together: contiguous rows with their ids and insertion sequences.
///
/// The order of rows has no meaning, because answers are ordered by (distance, sequence); so a removal may move a row.
final class VectorList {
  private(set) var format: RowFormat
  private(set) var ids: [UInt64] = []
  /// The insertion sequences, in the order of `ids`.
  private(set) var sequences: [UInt64] = []
  /// The scalar codes of the rows, by which a scan excludes most of them; `nil` if rows are scanned without codes.
  private(set) var codes: CodeBlocks?
  /// The product codes of the rows; `nil` in an index without them.
  private var productCodes: ProductCodeBlocks?
  /// Spilled copies of vectors of other lists; `nil` if each vector is in one list only.
  var copies: SpilledCopies?
  /// For each row, the place of its spilled copy; empty if there are none.
  private(set) var copyPlaces: [RowPlace] = []
  private var rows: RowMemory
  /// A number that changes with the rows, and that no other list has; see `FilterableLists`.
  private(set) var version = UniqueNumber.next()
  /// The number of rows at the last `noteWritten`, and how many of the first rows have not changed since.
  private(set) var written = (count: 0, unchanged: 0)

  init(format: RowFormat, productCodes shape: ProductCodeShape? = nil, hasCopies: Bool = false) {
    self.format = format
    rows = RowMemory(rowBytes: format.rowBytes)
    if let shape {
      productCodes = ProductCodeBlocks(shape: shape)
      if hasCopies { copies = SpilledCopies(shape: shape) }
    }
  }

  /// Copies another list with product codes, of the same format, into this empty list.
  ///
  /// - Complexity: O(n·d).
  func copy(_ other: VectorList) {
    precondition(other.codes == nil && format == other.format, "a list with codes of its own, or of another format")
    version = UniqueNumber.next()
    ids = other.ids
    sequences = other.sequences
    copyPlaces = other.copyPlaces
    rows = RowMemory(copying: other.rows)
    productCodes = other.productCodes?.copy()
    copies = other.copies?.copy()
  }

  var count: Int { ids.count }

  /// The address of row `index` in this list's format; the following rows are contiguous.
  func row(_ index: Int) -> UnsafeRawPointer { UnsafeRawPointer(rows[index]) }

  /// The address of the scalar codes from row `index` on, which must be a multiple of the lanes of a block.
  func codeBlock(from index: Int) -> UnsafePointer<UInt8> { codes!.block(from: index) }

  /// The memory of the scalar codes, for a prefetch; empty in a list without.
  var scalarCodes: UnsafeRawBufferPointer { codes?.memory ?? .none }

  /// The memory that searches read: rows and codes; valid until the next change.
  var memory: [UnsafeRawBufferPointer] {
    var parts = [rows.memory, scalarCodes]
    if productCodes != nil { parts.append(codedRows(0).memory) }
    if let copies = codedCopies(0) { parts.append(copies.memory) }
    return parts
  }

  /// The product codes of this list, whose number is `number`.
  func codedRows(_ number: UInt32) -> CodedRows {
    productCodes!.rows(ofList: number, origins: nil)
  }

  /// Whether the list is one of an index with spilled copies; it may have none itself.
  var canHaveCopies: Bool { copies != nil }

  /// The product codes of this list's spilled copies; `nil` if there are none.
  func codedCopies(_ number: UInt32) -> CodedRows? {
    guard let copies = copies?.rows(ofList: number), copies.count > 0 else { return nil }
    return copies
  }

  /// The product codes of these rows, one after the other, row-major. - Complexity: O(n·m).
  func productCodes(of rows: some Collection<Int>) -> [UInt8] {
    guard let bytes = productCodes?.shape.codeBytes, !rows.isEmpty else { return [] }
    return [UInt8](unsafeUninitializedCapacity: rows.count * bytes) { codes, count in
      count = rows.count * bytes
      for (number, row) in rows.enumerated() { readProductCode(row, into: codes.baseAddress! + number * bytes) }
    }
  }

  /// Writes the product code of row `index`, row-major, to `code`. - Complexity: O(m).
  func readProductCode(_ index: Int, into code: UnsafeMutablePointer<UInt8>) { productCodes!.read(index, into: code) }

  /// The correction of row `index`'s product code.
  func correction(of index: Int) -> ProductCorrection { productCodes!.correction(of: index) }

  /// The bound of this list, which must have scalar codes, for one query. - Complexity: O(d).
  func bound(_ query: CodedQuery) -> ListBound { ListBound(query, to: codes!) }

  /// Appends vectors in the order of their ids; the caller calls `codeNewRows` afterwards.
  ///
  /// A large batch allocates exactly the memory it needs; single appends grow the memory by half.
  ///
  /// - Parameters:
  ///   - sequences: the insertion sequences, in the order of `newIDs`.
  ///   - write: writes added vector `number` to the address, all bytes of this list's format.
  /// - Complexity: amortised O(added·d).
  func append(
    ids newIDs: some Collection<UInt64>, sequences newSequences: some Collection<UInt64>, threads: Int,
    write: @Sendable (_ number: Int, _ row: UnsafeMutableRawPointer) -> Void
  ) {
    version = UniqueNumber.next()
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

  /// Appends the product codes of the vectors just appended, if this list has product codes.
  ///
  /// - Parameter rows: the indices in `all` of the codes of these vectors, in the order of the vectors.
  func append(productCodes all: ProductCodes?, of rows: some Collection<Int>) {
    if let all { productCodes?.append(all, rows: rows) }
  }

  /// Appends a row of another list, with its product code if both lists have them. - Complexity: O(d + m).
  func append(_ row: Int, of other: VectorList) {
    version = UniqueNumber.next()
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

  /// Replaces the product codes of all rows; `all` is in the order of the rows. - Complexity: O(n·m).
  func replaceProductCodes(by all: ProductCodes) {
    guard let shape = productCodes?.shape else { preconditionFailure("a list without product codes") }
    productCodes = ProductCodeBlocks(shape: shape)
    append(productCodes: all, of: ids.indices)
    written.unchanged = 0
  }

  /// Copies the product code and correction of row `row` to index `target` of `cells`. - Complexity: O(m).
  func copyProductCode(_ row: Int, to cells: ProductCodeCells, at target: Int) {
    productCodes!.copy(row, to: cells, at: target)
  }

  /// Appends the product codes of the `added` vectors just appended, which are the first ones of `cells`.
  func append(productCodes cells: ProductCodeCells, count added: Int) { productCodes!.append(cells, count: added) }

  /// Allocates room for more rows.
  func reserve(_ additional: Int) { rows.reserve(additional) }

  /// Removes all rows and frees their memory; later rows are encoded in the same way.
  func removeAll() {
    version = UniqueNumber.next()
    codes = codes?.emptied()
    rows = RowMemory(rowBytes: format.rowBytes)
    if let shape = productCodes?.shape { productCodes = ProductCodeBlocks(shape: shape) }
    ids = []
    sequences = []
    written.unchanged = 0
  }

  /// Marks all rows as written to the file; `written` then records later changes.
  func noteWritten() { written = (count, count) }

  /// Whether no row has changed since the last `noteWritten`.
  var isWritten: Bool { written.count == count && written.unchanged == count }

  /// Sets the place of the spilled copy of a row; new rows are set in their order.
  func setCopyPlace(of row: Int, to place: RowPlace) {
    if row == copyPlaces.count { copyPlaces.append(place) } else { copyPlaces[row] = place }
  }

  /// Puts all rows, which have no product codes, into another order: row i is then the present row `order[i]`.
  ///
  /// - Complexity: O(n·d).
  func reorder(_ order: [UInt32]) {
    precondition(order.count == count && productCodes == nil && copies == nil, "an order of other rows")
    version = UniqueNumber.next()
    rows.reorder(order)
    ids = order.map { ids[Int($0)] }
    sequences = order.map { sequences[Int($0)] }
    codes = codes?.emptied()
    written.unchanged = 0
  }

  /// Encodes all rows relative to `center`, as many floats as are encoded, replacing any scalar codes. - Complexity: O(n·d).
  func code(with quantizer: ScalarQuantizer, center: UnsafePointer<Float>, threads: Int) {
    precondition(
      format == RowFormat(encoding: .floats, dimension: quantizer.vectorDimension), "rows to code are d floats")
    codes = CodeBlocks(quantizer: quantizer, center: center)
    codeNewRows(threads: threads)
  }

  /// Encodes the rows appended since the last call, if this list has scalar codes.
  func codeNewRows(threads: Int) {
    guard let start = codes?.count, start < count else { return }
    codes?.append(row(start).assumingMemoryBound(to: Float.self), count: count - start, threads: threads)
  }

  /// Removes row `index`; the last row takes its place. All rows must have been encoded. - Complexity: O(d).
  func swapRemove(at index: Int) {
    version = UniqueNumber.next()
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

  /// Converts all rows to another format of the same dimension. - Complexity: O(n·d).
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
