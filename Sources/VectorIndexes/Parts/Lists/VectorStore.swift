import VectorCore

/// The vectors of an index, grouped into lists, with ids, insertion sequences and metadata.
///
/// What every index in memory has in common is here: an exact index keeps one list, an inverted file one a cluster.
/// Unchecked because changes and searches are kept apart by the contract of `VectorIndex`. Vectors come prepared
/// (`Metric.prepare`). Under `hamming` the rows are bits as long as all components are 0 or 1.
final class VectorStore: @unchecked Sendable {
  let dimension: Int
  let metric: Metric
  private(set) var lists: [VectorList]
  private(set) var metadata = MetadataTable()
  private(set) var places: [UInt64: RowPlace] = [:]
  /// Whether it has been handed out as one that stays as it is: changes then belong into a copy.
  var isLasting = false
  /// The insertion sequence of the next vector.
  private(set) var nextSequence: UInt64 = 0
  /// How the rows are coded; nil where they are scanned as they are.
  private(set) var quantizer: ScalarQuantizer?
  /// Whether all vectors are in one list, which many threads then fill together.
  private let isFlat: Bool
  /// How many vectors there were when it was fitted last.
  private var fittedCount = 0

  /// A copy of a store of product codes, which then changes on its own.
  ///
  /// - Complexity: O(n·d).
  init(copying other: VectorStore, threads: Int) {
    dimension = other.dimension
    metric = other.metric
    metadata = other.metadata
    places = other.places
    nextSequence = other.nextSequence
    isFlat = false
    lists = other.lists.map { VectorList(format: $0.format) }
    parallelChunks(of: lists.count, chunk: 16, threads: threads) { _, range in
      for list in range { self.lists[list].copy(other.lists[list]) }
    }
  }

  /// A store of one list, which fits its quantizer to what it holds, and again when that has doubled.
  init(flat dimension: Int, metric: Metric) {
    self.dimension = dimension
    self.metric = metric
    isFlat = true
    lists = [VectorList(format: Self.format(dimension, metric))]
  }

  /// A store of one list for each centroid.
  ///
  /// - Parameters:
  ///   - centers: nlist × d.
  ///   - quantizer: fitted to residuals from the centres; nil for a metric that codes can't bound.
  init(dimension: Int, metric: Metric, centers: Matrix, quantizer: ScalarQuantizer?) {
    self.dimension = dimension
    self.metric = metric
    self.quantizer = quantizer
    isFlat = false
    lists = (0..<centers.rows).map { list in
      let vectors = VectorList(format: Self.format(dimension, metric))
      if let quantizer {
        vectors.code(with: quantizer, center: centers.baseAddress + list * dimension, threads: 1)
      }
      return vectors
    }
  }

  /// A store of lists of product codes, which come with the vectors.
  ///
  /// - Parameters:
  ///   - format: how the vectors themselves are stored beside their codes.
  ///   - hasCopies: whether each vector is found from a second list too.
  init(
    dimension: Int, metric: Metric, lists: Int, productCodes shape: ProductCodeShape, format: RowFormat,
    hasCopies: Bool
  ) {
    self.dimension = dimension
    self.metric = metric
    isFlat = false
    self.lists = (0..<lists).map { _ in VectorList(format: format, productCodes: shape, hasCopies: hasCopies) }
  }

  /// A store without lists, for an index that adds them.
  ///
  /// - Parameter quantizer: that of the lists which are coded with `VectorList.code`.
  init(growing dimension: Int, metric: Metric, quantizer: ScalarQuantizer? = nil) {
    self.dimension = dimension
    self.metric = metric
    self.quantizer = quantizer
    isFlat = false
    lists = []
  }

  private static func format(_ dimension: Int, _ metric: Metric) -> RowFormat {
    RowFormat(encoding: metric == .hamming ? .bits : .floats, dimension: dimension)
  }

  var count: Int { places.count }

  /// Whether the store fits a quantizer to its own vectors.
  private var fitsQuantizer: Bool { isFlat && ScalarQuantizer.supports(metric) }

  func contains(_ id: UInt64) -> Bool { places[id] != nil }

  /// The vector of an id as it is kept, d floats; `nil` when there is none. - Complexity: O(d).
  func vector(of id: UInt64) -> [Float]? { place(of: id).map { vectors(at: [$0]).floats } }

  /// The metadata of an id; `nil` when there is no vector of this id.
  func metadata(of id: UInt64) -> Metadata? { contains(id) ? metadata[id] : nil }

  /// Where the vector of this id is.
  func place(of id: UInt64) -> RowPlace? { places[id] }

  /// Stores a batch that `plan` has accepted; nothing here can fail.
  ///
  /// - Parameters:
  ///   - vectors: n × d, prepared.
  ///   - list: the list that a row of the batch belongs to.
  /// - Complexity: O(n·d); where the quantizer is fitted again, when the vectors have doubled, amortised over the batches.
  func insert(_ batch: InsertPlan, vectors: Matrix, threads: Int, list: (_ row: Int) -> Int) {
    for row in batch.replacingRows { remove(id: batch.ids[row]) }
    adoptFormat(for: vectors)
    append(batch, productCodes: nil, spill: nil, threads: threads, list: list) { row, format, target in
      format.write(vectors.baseAddress + row * vectors.columns, to: target)
    }
  }

  /// Stores a batch whose ids are all new; nothing here can fail.
  ///
  /// - Parameters:
  ///   - productCodes: of all rows, in a store of product codes.
  ///   - spill: of all rows, in a store with spilled copies.
  ///   - write: writes the vector of a row of the batch at the address, in the format, every byte of it.
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
  }

  /// Adds an empty list and returns its number. - Complexity: amortised O(1).
  func addList(format: RowFormat, productCodes shape: ProductCodeShape? = nil) -> Int {
    lists.append(VectorList(format: format, productCodes: shape))
    return lists.count - 1
  }

  /// Codes the rows of a list, and all that it gets, so that scans for exact distances can rule rows out.
  ///
  /// - Parameters:
  ///   - quantizer: that of all lists of the store that are coded so.
  ///   - center: d floats.
  func code(list: Int, with quantizer: ScalarQuantizer, center: UnsafePointer<Float>) {
    self.quantizer = quantizer
    lists[list].code(with: quantizer, center: center, threads: 1)
  }

  /// Stores one row of a batch that `plan` has accepted in a list without product codes; its id is in no list.
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

  /// Notes the places of a list's rows, which it was given by itself; their ids are in no other list.
  func adoptRows(of list: Int) {
    for (offset, id) in lists[list].ids.enumerated() {
      places[id] = RowPlace(list: UInt32(list), offset: UInt32(offset))
    }
  }

  /// Takes over metadata that vectors once had.
  func restore(_ metadata: MetadataTable) { self.metadata = metadata }

  /// Goes on with an insertion sequence.
  func restore(nextSequence: UInt64) { self.nextSequence = nextSequence }

  /// Takes the insertion sequences of so many vectors; returns the first.
  func takeSequences(_ count: Int) -> UInt64 {
    defer { nextSequence += UInt64(count) }
    return nextSequence
  }

  /// Moves rows of a list to others, which are laid out as it is or differ from it only in having no product codes yet:
  /// these are given.
  ///
  /// - Parameters:
  ///   - targets: the number of the list that each row goes to, this list's own for a row that stays; rows past the last
  ///     target stay as well.
  ///   - productCodes: of all rows, where this list has none and the others have.
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

  /// Removes the vector and its metadata; false when there is none of this id. - Complexity: O(d).
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

  /// All places in order of insertion. - Complexity: O(n log n).
  func placesBySequence() -> [RowPlace] {
    places.values.sorted { sequence(at: $0) < sequence(at: $1) }
  }

  /// The vectors at these places as they were prepared, n × d. - Complexity: O(n·d).
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

  /// Takes over all vectors of another store, with ids, sequences and metadata; this one is empty.
  ///
  /// - Parameters:
  ///   - order: every place of the other store once, in the order in which the lists are filled.
  ///   - labels: the list here of each of them.
  ///   - productCodes: of each of them, in a store of product codes.
  ///   - spill: of each of them, in a store with spilled copies.
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

  /// Bytes of rows, ids, sequences, the places by id, and metadata.
  var memoryBytes: Int {
    lists.reduce(dictionaryBytes(places) + metadata.memoryBytes) { $0 + $1.memoryBytes }
  }

  func sequence(at place: RowPlace) -> UInt64 { lists[Int(place.list)].sequences[Int(place.offset)] }

  func id(at place: RowPlace) -> UInt64 { lists[Int(place.list)].ids[Int(place.offset)] }

  /// Appends new vectors to the lists of their labels, many lists at once, and notes their places.
  ///
  /// - Parameter append: gets a list and which of the vectors go there, in ascending order, and appends them.
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
        // While the rows are in the cache.
        if !self.fitsQuantizer { self.lists[list].codeNewRows(threads: threads) }
      }
    }
    places.reserveCapacity(places.count + labels.count)
    for (list, start) in starts.enumerated() {
      for offset in start..<lists[list].count {
        places[lists[list].ids[offset]] = RowPlace(list: UInt32(list), offset: UInt32(offset))
      }
    }
    if fitsQuantizer {
      fitQuantizer(threads: threads)
      lists[0].codeNewRows(threads: threads)
    }
  }

  /// Adds the spilled copies of vectors just appended: `rows` of the spill, of the vectors of these ids.
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
    // In the order of the rows of each list, which is that in which its members were appended.
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

  /// Fits the quantizer, when the vectors of the one list have doubled, to a sample of them about their mean, without
  /// their outliers.
  private func fitQuantizer(threads: Int) {
    let list = lists[0]
    let fewest = 64
    let sampleSize = 512
    guard list.count >= max(fewest, 2 * fittedCount) else { return }
    fittedCount = list.count
    // Drawn at random: outliers may come at even steps.
    var generator = SeededGenerator(seed: UInt64(list.count))
    let rows = generator.sample(min(sampleSize, list.count), below: list.count).sorted()
    let some = Matrix(rows: rows.count, columns: dimension) { floats in
      for (number, row) in rows.enumerated() {
        floats.baseAddress?.advanced(by: number * dimension).initialize(
          from: list.row(row).assumingMemoryBound(to: Float.self), count: dimension)
      }
    }
    let sample = OutlierLimit(of: some).ordinary(some, threads: threads)
    let mean = sample.mean
    let quantizer = ScalarQuantizer(
      fitting: mean.withUnsafeBufferPointer { mean in sample.residuals { _ in mean.baseAddress! } }, origin: mean,
      metric: metric, threads: threads)
    self.quantizer = quantizer
    list.code(with: quantizer, center: mean, threads: threads)
  }

  /// Under `hamming`: bits for as long as every component is 0 or 1, floats from the first that is not.
  private func adoptFormat(for vectors: Matrix) {
    guard metric == .hamming, let current = lists.first?.format else { return }
    let staysBits = (count == 0 || current.encoding == .bits) && vectors.isBinary
    convert(to: RowFormat(encoding: staysBits ? .bits : .floats, dimension: dimension))
  }

  private func convert(to format: RowFormat) {
    for list in lists where list.format != format { list.convert(to: format) }
  }
}
