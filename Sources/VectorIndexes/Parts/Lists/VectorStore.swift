import VectorCore

/// The vectors of an index, grouped into lists, with ids, insertion sequences and metadata.
///
/// All indexes in memory share this type: a flat index has one list, an inverted file has one for each cluster.
/// `@unchecked Sendable`: `VectorIndex` forbids changes during searches. Vectors must be prepared (`Metric.prepare`).
/// Under `hamming` the rows are stored as bits as long as all components are 0 or 1.
final class VectorStore: @unchecked Sendable {
  let dimension: Int
  let metric: Metric
  private(set) var lists: [VectorList]
  private(set) var metadata = MetadataTable()
  private(set) var places: [UInt64: RowPlace] = [:]
  /// Whether the store was handed out as a constant; then a change must be made to a copy.
  var isLasting = false
  /// The insertion sequence of the next vector.
  private(set) var nextSequence: UInt64 = 0
  /// The quantizer of the rows' scalar codes; `nil` if rows are scanned without codes.
  private(set) var quantizer: ScalarQuantizer?
  /// The regions of the one list of a flat store; `nil` if it is not divided.
  private(set) var regions: RowRegions?
  /// Whether the quantizer of a flat store may project.
  private let projects: Bool
  /// Whether all vectors are in one list, which several threads then fill together.
  private let isFlat: Bool
  /// The number of vectors when the quantizer was last fitted.
  private var fittedCount = 0
  /// The number of vectors when the lists were last moved to huge pages.
  private var hugeCount = 0

  /// Makes an independent copy of a store with product codes.
  ///
  /// - Complexity: O(n·d).
  init(copying other: VectorStore, threads: Int) {
    dimension = other.dimension
    metric = other.metric
    metadata = other.metadata
    places = other.places
    nextSequence = other.nextSequence
    isFlat = false
    projects = false
    lists = other.lists.map { VectorList(format: $0.format) }
    parallelChunks(of: lists.count, chunk: 16, threads: threads) { _, range in
      for list in range { self.lists[list].copy(other.lists[list]) }
    }
  }

  /// Makes a store with one list. It fits a quantizer to its vectors, and again when their number has doubled.
  ///
  /// - Parameter projects: whether the quantizer may project the vectors and the store then divide them into regions,
  ///   which pays where a search finds few of many vectors.
  init(flat dimension: Int, metric: Metric, projects: Bool) {
    self.dimension = dimension
    self.metric = metric
    self.projects = projects
    isFlat = true
    lists = [VectorList(format: Self.format(dimension, metric))]
  }

  /// Makes a store with one list for each centroid.
  ///
  /// - Parameters:
  ///   - centers: nlist × d.
  ///   - quantizer: fitted to residuals from the centres; `nil` for a metric for which codes give no bound.
  init(dimension: Int, metric: Metric, centers: Matrix, quantizer: ScalarQuantizer?) {
    self.dimension = dimension
    self.metric = metric
    self.quantizer = quantizer
    isFlat = false
    projects = false
    lists = (0..<centers.rows).map { list in
      let vectors = VectorList(format: Self.format(dimension, metric))
      if let quantizer {
        vectors.code(with: quantizer, center: centers.baseAddress + list * dimension, threads: 1)
      }
      return vectors
    }
  }

  /// Makes a store of lists with product codes, which are inserted together with the vectors.
  ///
  /// - Parameters:
  ///   - format: the format of the vectors stored beside their codes.
  ///   - hasCopies: whether each vector has a spilled copy in a second list.
  init(
    dimension: Int, metric: Metric, lists: Int, productCodes shape: ProductCodeShape, format: RowFormat,
    hasCopies: Bool
  ) {
    self.dimension = dimension
    self.metric = metric
    isFlat = false
    projects = false
    self.lists = (0..<lists).map { _ in VectorList(format: format, productCodes: shape, hasCopies: hasCopies) }
  }

  /// Makes a store without lists, for an index that adds them.
  ///
  /// - Parameter quantizer: the quantizer of lists that get codes by `VectorList.code`.
  init(growing dimension: Int, metric: Metric, quantizer: ScalarQuantizer? = nil) {
    self.dimension = dimension
    self.metric = metric
    self.quantizer = quantizer
    isFlat = false
    projects = false
    lists = []
  }

  private static func format(_ dimension: Int, _ metric: Metric) -> RowFormat {
    RowFormat(encoding: metric == .hamming ? .bits : .floats, dimension: dimension)
  }

  var count: Int { places.count }

  /// About the bytes of the scalar codes of all lists.
  var scalarCodeBytes: Int { count / CodeBlocks.lanes * (quantizer?.blockBytes ?? 0) }

  /// Whether the store fits a quantizer to its own vectors.
  private var fitsQuantizer: Bool { isFlat && ScalarQuantizer.supports(metric) }

  func contains(_ id: UInt64) -> Bool { places[id] != nil }

  /// The vector of an id as it is stored, d floats; `nil` when there is none. - Complexity: O(d).
  func vector(of id: UInt64) -> [Float]? { place(of: id).map { vectors(at: [$0]).floats } }

  /// The metadata of an id; `nil` when no vector has this id.
  func metadata(of id: UInt64) -> Metadata? { contains(id) ? metadata[id] : nil }

  /// The place of the vector with this id; `nil` when there is none.
  func place(of id: UInt64) -> RowPlace? { places[id] }

  /// Stores a batch that `plan` has accepted; this cannot fail.
  ///
  /// - Parameters:
  ///   - vectors: n × d, prepared.
  ///   - list: the list of a row of the batch.
  /// - Complexity: O(n·d). When the number of vectors has doubled, the quantizer is fitted again; amortised over
  ///   batches.
  func insert(_ batch: InsertPlan, vectors: Matrix, threads: Int, list: (_ row: Int) -> Int) {
    for row in batch.replacingRows { remove(id: batch.ids[row]) }
    adoptFormat(for: vectors)
    append(batch, productCodes: nil, spill: nil, threads: threads, list: list) { row, format, target in
      format.write(vectors.baseAddress + row * vectors.columns, to: target)
    }
  }

  /// Stores a batch whose ids are all new; this cannot fail.
  ///
  /// - Parameters:
  ///   - productCodes: the codes of all rows, in a store with product codes.
  ///   - spill: the spilled copies of all rows, in a store that has them.
  ///   - write: writes the vector of a row of the batch to the address, all bytes of the format.
  func append(
    _ batch: InsertPlan, productCodes: ProductCodes?, spill: Spill?, threads: Int, list: (_ row: Int) -> Int,
    write: @Sendable (_ row: Int, _ format: RowFormat, _ target: UnsafeMutableRawPointer) -> Void
  ) {
    let first = nextSequence
    append(labels: batch.rows.map { Int32(list($0)) }, threads: threads) { list, members, threads in
      let format = list.format
      list.append(
        ids: members.lazy.map { batch.ids[batch.rows[Int($0)]] },
        sequences: members.lazy.map { first + UInt64(batch.rows[Int($0)]) }, threads: threads
      ) { number, row in
        write(batch.rows[Int(members[members.startIndex + number])], format, row)
      }
      list.append(productCodes: productCodes, of: members.lazy.map { batch.rows[Int($0)] })
    }
    if let spill { appendCopies(spill, rows: batch.rows, ids: batch.rows.lazy.map { batch.ids[$0] }, threads: threads) }
    if !batch.metadata.isEmpty {
      for row in batch.rows { metadata[batch.ids[row]] = batch.metadata[row] }
    }
    nextSequence += UInt64(batch.ids.count)
    useHugePagesIfGrown(threads: threads)
  }

  /// Moves the lists to huge pages if they have grown by a half since the last time.
  ///
  /// - Complexity: O(n·d); amortised over insertions into one store O(d) each.
  func useHugePagesIfGrown(threads: Int) {
    guard !isFlat, count >= hugeCount + hugeCount / 2 else { return }
    hugeCount = count
    AlignedMemory.useHugePages(under: lists.flatMap(\.memory), threads: threads)
  }

  /// Adds an empty list and returns its number. - Complexity: amortised O(1).
  func addList(format: RowFormat, productCodes shape: ProductCodeShape? = nil) -> Int {
    lists.append(VectorList(format: format, productCodes: shape))
    return lists.count - 1
  }

  /// Gives the present and future rows of a list scalar codes, so that scans for exact distances can exclude rows.
  ///
  /// - Parameters:
  ///   - quantizer: the one quantizer of all lists of the store that have scalar codes.
  ///   - center: d floats.
  func code(list: Int, with quantizer: ScalarQuantizer, center: UnsafePointer<Float>) {
    self.quantizer = quantizer
    lists[list].code(with: quantizer, center: center, threads: 1)
  }

  /// Stores one row of an accepted batch in a list without product codes; the id must not be stored.
  ///
  /// - Parameters:
  ///   - vector: d floats, prepared.
  ///   - first: the insertion sequence of the batch's first row, from `takeSequences`.
  /// - Complexity: amortised O(d).
  func insert(_ row: Int, of batch: InsertPlan, vector: UnsafePointer<Float>, sequencesFrom first: UInt64, list: Int) {
    let target = lists[list]
    let (format, source) = (target.format, Shared(vector))
    places[batch.ids[row]] = RowPlace(list: UInt32(list), offset: UInt32(target.count))
    target.append(
      ids: CollectionOfOne(batch.ids[row]), sequences: CollectionOfOne(first + UInt64(row)), threads: 1
    ) { _, address in format.write(source.pointer, to: address) }
    target.codeNewRows(threads: 1)
    if !batch.metadata.isEmpty { metadata[batch.ids[row]] = batch.metadata[row] }
  }

  /// Registers the places of the rows of a list that was filled directly; their ids must be in no other list.
  func adoptRows(of list: Int) {
    for (offset, id) in lists[list].ids.enumerated() {
      places[id] = RowPlace(list: UInt32(list), offset: UInt32(offset))
    }
  }

  /// Restores stored metadata.
  func restore(_ metadata: MetadataTable) { self.metadata = metadata }

  /// Restores the stored insertion sequence.
  func restore(nextSequence: UInt64) { self.nextSequence = nextSequence }

  /// Takes the insertion sequences of `count` vectors; returns the first one.
  func takeSequences(_ count: Int) -> UInt64 {
    defer { nextSequence += UInt64(count) }
    return nextSequence
  }

  /// Moves rows of a list to other lists with the same layout, or with product codes in addition, which are given.
  ///
  /// - Parameters:
  ///   - targets: for each row, the number of its new list, or of this list for a row that stays; rows after the last
  ///     target stay as well.
  ///   - productCodes: the codes of all rows, if this list has none and the other lists have them.
  /// - Complexity: O(n·(d + m)).
  func moveRows(of source: Int, to targets: [Int], productCodes: ProductCodes? = nil) {
    let list = lists[source]
    var received: [Int: Int] = [:]
    for target in targets where target != source { received[target, default: 0] += 1 }
    guard !received.isEmpty else { return }
    for (target, rows) in received { lists[target].reserve(rows) }
    for (row, target) in targets.enumerated() where target != source {
      places[list.ids[row]] = RowPlace(list: UInt32(target), offset: UInt32(lists[target].count))
      lists[target].append(row, of: list)
      lists[target].append(productCodes: productCodes, of: CollectionOfOne(row))
    }
    for target in received.keys { lists[target].codeNewRows(threads: 1) }
    guard targets.count < list.count || targets.contains(source) else { return list.removeAll() }
    for (row, target) in targets.enumerated().reversed() where target != source {
      list.swapRemove(at: row)
      if row < list.count { places[list.ids[row]] = RowPlace(list: UInt32(source), offset: UInt32(row)) }
    }
  }

  /// Removes the vector with this id and its metadata; returns false when there is none. - Complexity: O(d).
  @discardableResult
  func remove(id: UInt64) -> Bool {
    guard let place = places.removeValue(forKey: id) else { return false }
    let list = lists[Int(place.list)]
    let offset = Int(place.offset)
    if !list.copyPlaces.isEmpty { removeCopy(at: list.copyPlaces[offset]) }
    list.swapRemove(at: offset)
    if offset < list.count {
      places[list.ids[offset]] = place
      if !list.copyPlaces.isEmpty {
        let copy = list.copyPlaces[offset]
        lists[Int(copy.list)].copies?.origins[Int(copy.offset)] = place
      }
    }
    metadata[id] = [:]
    return true
  }

  /// The places of all vectors in order of insertion. - Complexity: O(n log n).
  func placesBySequence() -> [RowPlace] {
    places.values.sorted { sequence(at: $0) < sequence(at: $1) }
  }

  /// The prepared vectors at these places, n × d. - Complexity: O(n·d).
  func vectors(at places: [RowPlace]) -> Matrix {
    Matrix(rows: places.count, columns: dimension) { floats in
      guard var target = floats.baseAddress else { return }
      for place in places {
        let list = lists[Int(place.list)]
        list.format.read(list.row(Int(place.offset)), into: target)
        target += dimension
      }
    }
  }

  /// Copies all vectors of another store, with ids, sequences and metadata, into this empty store.
  ///
  /// - Parameters:
  ///   - order: every place of the other store once, in the order in which vectors are appended to the lists.
  ///   - labels: for each of these places, the list in this store.
  ///   - productCodes: the code for each of these places, in a store with product codes.
  ///   - spill: the spilled copy for each of these places, in a store that has them.
  func adopt(
    _ other: VectorStore, order: [RowPlace], labels: [Int32], productCodes: ProductCodes? = nil, spill: Spill? = nil,
    threads: Int
  ) {
    if let format = other.lists.first?.format { convert(to: format) }
    metadata = other.metadata
    nextSequence = other.nextSequence
    append(labels: labels, threads: threads) { list, members, threads in
      let rowBytes = list.format.rowBytes
      list.append(
        ids: members.lazy.map { other.id(at: order[Int($0)]) },
        sequences: members.lazy.map { other.sequence(at: order[Int($0)]) }, threads: threads
      ) { number, row in
        let place = order[Int(members[members.startIndex + number])]
        row.copyMemory(from: other.lists[Int(place.list)].row(Int(place.offset)), byteCount: rowBytes)
      }
      list.append(productCodes: productCodes, of: members.lazy.map(Int.init))
    }
    if let spill {
      appendCopies(spill, rows: Array(order.indices), ids: order.lazy.map { other.id(at: $0) }, threads: threads)
    }
  }

  /// Bytes of rows, ids, sequences, the table of places, metadata, and what codes and regions need.
  var memoryBytes: Int {
    let shared = (quantizer?.projection?.memoryBytes ?? 0) + (regions?.memoryBytes ?? 0)
    return lists.reduce(dictionaryBytes(places) + metadata.memoryBytes + shared) { $0 + $1.memoryBytes }
  }

  func sequence(at place: RowPlace) -> UInt64 { lists[Int(place.list)].sequences[Int(place.offset)] }

  func id(at place: RowPlace) -> UInt64 { lists[Int(place.list)].ids[Int(place.offset)] }

  /// Appends new vectors to the lists of their labels, several lists in parallel, and registers their places.
  ///
  /// - Parameter append: receives a list and the indices of its vectors in ascending order, and appends these.
  private func append(
    labels: [Int32], threads: Int,
    _ append: @Sendable (_ list: VectorList, _ members: ArraySlice<UInt32>, _ threads: Int) -> Void
  ) {
    let members = ClusterMembers(labels: labels, clusters: lists.count)
    let starts = lists.map(\.count)
    parallelChunks(of: lists.count, chunk: 4, threads: threads) { _, range in
      for list in range where !members.rows(of: list).isEmpty {
        let threads = self.isFlat ? threads : 1
        append(self.lists[list], members.rows(of: list), threads)
        // The rows are encoded here, while they are in the cache.
        if !self.fitsQuantizer { self.lists[list].codeNewRows(threads: threads) }
      }
    }
    let hasNewOrder = fitsQuantizer && fitQuantizer(threads: threads)
    places.reserveCapacity(places.count + labels.count)
    for (list, start) in starts.enumerated() {
      for offset in (hasNewOrder ? 0 : start)..<lists[list].count {
        places[lists[list].ids[offset]] = RowPlace(list: UInt32(list), offset: UInt32(offset))
      }
    }
    if fitsQuantizer { lists[0].codeNewRows(threads: threads) }
  }

  /// Appends the spilled copies of vectors just appended: `rows` are their indices in the spill, `ids` their ids.
  private func appendCopies(_ spill: Spill, rows: [Int], ids: some Sequence<UInt64>, threads: Int) {
    let members = ClusterMembers(labels: rows.map { spill.labels[$0] }, clusters: lists.count)
    let origins = ids.map { places[$0]! }
    var copyPlaces = [RowPlace](repeating: RowPlace(list: 0, offset: 0), count: rows.count)
    for list in lists.indices {
      for (number, member) in members.rows(of: list).enumerated() {
        copyPlaces[Int(member)] = RowPlace(
          list: UInt32(list), offset: UInt32((lists[list].copies?.count ?? 0) + number))
      }
    }
    // Within each list, the copies are in the order in which its rows were appended.
    for (origin, copy) in zip(origins, copyPlaces) {
      lists[Int(origin.list)].setCopyPlace(of: Int(origin.offset), to: copy)
    }
    parallelChunks(of: lists.count, chunk: 4, threads: threads) { _, range in
      for list in range where !members.rows(of: list).isEmpty {
        let added = members.rows(of: list)
        self.lists[list].copies?.append(
          spill.codes, rows: added.lazy.map { rows[Int($0)] }, origins: added.lazy.map { origins[Int($0)] })
      }
    }
  }

  private func removeCopy(at place: RowPlace) {
    let list = lists[Int(place.list)]
    let row = Int(place.offset)
    list.copies?.swapRemove(at: row)
    guard let origins = list.copies?.origins, let left = list.copies?.count, row < left else { return }
    lists[Int(origins[row].list)].setCopyPlace(of: Int(origins[row].offset), to: place)
  }

  /// Fits the quantizer again when the number of vectors in the one list has doubled.
  ///
  /// It is fitted to a random sample of the vectors without outliers, relative to the mean. Returns whether the rows have
  /// another order now, so that their places are others.
  private func fitQuantizer(threads: Int) -> Bool {
    let list = lists[0]
    let fewest = 64
    guard list.count >= max(fewest, 2 * fittedCount) else { return false }
    fittedCount = list.count
    // The sample is random, because outliers may occur at regular intervals.
    var generator = SeededGenerator(seed: UInt64(list.count))
    let rows = generator.sample(min(SubspaceChoice.sampleSize(dimension), list.count), below: list.count)
    let some = Matrix(rows: rows.count, columns: dimension) { floats in
      for (number, row) in rows.enumerated() {
        floats.baseAddress?.advanced(by: number * dimension).initialize(
          from: list.row(row).assumingMemoryBound(to: Float.self), count: dimension)
      }
    }
    let sample = OutlierLimit(of: some).ordinary(some, threads: threads)
    let choice = SubspaceChoice(
      sample: sample, count: list.count, metric: metric, mayProject: projects, threads: threads)
    regions = nil
    if let projection = choice.quantizer.projection, let projected = choice.projected,
      let divided = RowRegions.dividing(
        list.row(0).assumingMemoryBound(to: Float.self), count: list.count, sample: projected,
        projection: projection, threads: threads)
    {
      list.reorder(divided.order)
      regions = divided.regions
    }
    quantizer = choice.quantizer
    list.code(with: choice.quantizer, center: choice.center, threads: threads)
    return regions != nil
  }

  /// Under `hamming`: keeps bits as long as every component is 0 or 1, and converts to floats at the first other value.
  private func adoptFormat(for vectors: Matrix) {
    guard metric == .hamming, let current = lists.first?.format else { return }
    let staysBits = (count == 0 || current.encoding == .bits) && vectors.isBinary
    convert(to: RowFormat(encoding: staysBits ? .bits : .floats, dimension: dimension))
  }

  private func convert(to format: RowFormat) {
    for list in lists where list.format != format { list.convert(to: format) }
  }
}
