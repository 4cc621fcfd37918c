import VectorCore

/// The vectors of an index, grouped into lists, with ids, insertion sequences and metadata.
///
/// What every index in memory has in common is here: an exact index keeps one list, an inverted file one a cluster.
/// Unchecked because changes and searches are kept apart by the contract of `VectorIndex`. Vectors come prepared (`Metric.prepare`). Under `hamming` the rows are bits as long as all components are 0 or 1.
final class VectorStore: @unchecked Sendable {
  /// Where a vector is.
  struct Place {
    var list: UInt32
    var offset: UInt32
  }

  let dimension: Int
  let metric: Metric
  let lists: [VectorList]
  private(set) var metadata = MetadataTable()
  private var places: [UInt64: Place] = [:]
  private var nextSequence: UInt64 = 0
  /// How the rows are coded; nil where they are scanned as they are.
  private(set) var quantizer: ScalarQuantizer?
  /// How many vectors there were when a store of one list last fitted its quantizer.
  private var fittedCount = 0

  /// A store of one list, which fits its quantizer to what it holds.
  init(dimension: Int, metric: Metric) {
    self.dimension = dimension
    self.metric = metric
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
    lists = (0..<centers.rows).map { list in
      let vectors = VectorList(format: Self.format(dimension, metric))
      if let quantizer {
        vectors.code(with: quantizer, center: centers.baseAddress + list * dimension, threads: 1)
      }
      return vectors
    }
  }

  private static func format(_ dimension: Int, _ metric: Metric) -> RowFormat {
    RowFormat(encoding: metric == .hamming ? .bits : .floats, dimension: dimension)
  }

  var count: Int { places.count }

  func contains(_ id: UInt64) -> Bool { places[id] != nil }

  /// Stores a batch that `plan` has accepted; nothing here can fail.
  ///
  /// - Parameters:
  ///   - vectors: n × d, prepared.
  ///   - list: the list that a row of the batch belongs to.
  /// - Complexity: O(n·d); for a store of one list amortised over the batches, as it codes anew when it has doubled.
  func insert(_ batch: InsertPlan, vectors: Matrix, threads: Int, list: (_ row: Int) -> Int) {
    for row in batch.replacingRows { remove(id: batch.ids[row]) }
    adoptFormat(for: vectors)
    reserve(batch.rows, list: list)
    for row in batch.rows {
      let id = batch.ids[row]
      let list = list(row)
      lists[list].append(
        vectors.baseAddress + row * dimension, id: id, sequence: nextSequence + UInt64(row))
      places[id] = Place(list: UInt32(list), offset: UInt32(lists[list].count - 1))
      if !batch.metadata.isEmpty { metadata[id] = batch.metadata[row] }
    }
    nextSequence += UInt64(batch.ids.count)
    codeNewRows(threads: threads)
  }

  /// Removes the vector and its metadata; false when there is none of this id. - Complexity: O(d).
  @discardableResult
  func remove(id: UInt64) -> Bool {
    guard let place = places.removeValue(forKey: id) else { return false }
    let list = lists[Int(place.list)]
    let offset = Int(place.offset)
    list.swapRemove(at: offset)
    if offset < list.count { places[list.ids[offset]] = place }
    metadata[id] = [:]
    return true
  }

  /// All places in order of insertion. - Complexity: O(n log n).
  func placesBySequence() -> [Place] {
    places.values.sorted { sequence(at: $0) < sequence(at: $1) }
  }

  /// The vectors at these places as they were prepared, n × d. - Complexity: O(n·d).
  func vectors(at places: [Place]) -> Matrix {
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
  func adopt(_ other: VectorStore, order: [Place], labels: [Int32], threads: Int) {
    if let format = other.lists.first?.format { convert(to: format) }
    metadata = other.metadata
    nextSequence = other.nextSequence
    reserve(order.indices) { Int(labels[$0]) }
    for (place, label) in zip(order, labels) {
      let source = other.lists[Int(place.list)]
      let target = lists[Int(label)]
      target.append(row: Int(place.offset), of: source)
      places[source.ids[Int(place.offset)]] = Place(list: UInt32(label), offset: UInt32(target.count - 1))
    }
    codeNewRows(threads: threads)
  }

  /// Bytes of rows, ids, sequences, the places by id, and metadata.
  var memoryBytes: Int {
    lists.reduce(dictionaryBytes(places) + metadata.memoryBytes) { $0 + $1.memoryBytes }
  }

  private func sequence(at place: Place) -> UInt64 { lists[Int(place.list)].sequences[Int(place.offset)] }

  /// Makes room for a batch in every list that gets some of it.
  private func reserve(_ rows: some Collection<Int>, list: (Int) -> Int) {
    places.reserveCapacity(count + rows.count)
    guard rows.count > 1 else { return }
    var additional = [Int](repeating: 0, count: lists.count)
    for row in rows { additional[list(row)] += 1 }
    for (list, additional) in zip(lists, additional) where additional > 0 { list.reserve(additional) }
  }

  private func codeNewRows(threads: Int) {
    if lists.count == 1 {
      fitQuantizer(threads: threads)
      lists[0].codeNewRows(threads: threads)
    } else {
      parallelChunks(of: lists.count, chunk: 16, threads: threads) { _, range in
        for list in range { self.lists[list].codeNewRows(threads: 1) }
      }
    }
  }

  /// Fits the quantizer of a store of one list when it has doubled, to a sample of its vectors about their mean.
  private func fitQuantizer(threads: Int) {
    let list = lists[0]
    let fewest = 64
    let sampleSize = 512
    guard ScalarQuantizer.supports(metric), list.count >= max(fewest, 2 * fittedCount) else { return }
    fittedCount = list.count
    let stride = max(1, list.count / sampleSize)
    let sample = Matrix(rows: list.count / stride, columns: dimension) { floats in
      for row in 0..<list.count / stride {
        floats.baseAddress?.advanced(by: row * dimension).initialize(
          from: list.row(row * stride).assumingMemoryBound(to: Float.self), count: dimension)
      }
    }
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
