import VectorCore

/// The vectors of an index, grouped into lists, with ids, insertion sequences and metadata.
///
/// What every index in memory has in common is here: an exact index keeps one list, an inverted file one a cluster.
/// Vectors come prepared (`Metric.prepare`). Under `hamming` the rows are bits as long as all components are 0 or 1.
final class VectorStore {
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

  init(dimension: Int, metric: Metric, listCount: Int) {
    self.dimension = dimension
    self.metric = metric
    let format = RowFormat(encoding: metric == .hamming ? .bits : .floats, dimension: dimension)
    lists = (0..<listCount).map { _ in VectorList(format: format) }
  }

  var count: Int { places.count }

  func contains(_ id: UInt64) -> Bool { places[id] != nil }

  /// Stores a batch that `plan` has accepted; nothing here can fail.
  ///
  /// - Parameters:
  ///   - vectors: n × d, prepared.
  ///   - list: the list that a row of the batch belongs to.
  /// - Complexity: O(n·d).
  func insert(_ batch: InsertPlan, vectors: Matrix, list: (_ row: Int) -> Int) {
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

  /// A store of the same vectors, ids, sequences and metadata in other lists.
  ///
  /// - Parameters:
  ///   - order: every place once, in the order in which the new lists are filled.
  ///   - labels: the new list of each of them.
  func regrouped(_ order: [Place], labels: [Int32], listCount: Int) -> VectorStore {
    let store = VectorStore(dimension: dimension, metric: metric, listCount: listCount)
    if let format = lists.first?.format { store.convert(to: format) }
    store.metadata = metadata
    store.nextSequence = nextSequence
    store.reserve(order.indices) { Int(labels[$0]) }
    for (place, label) in zip(order, labels) {
      let source = lists[Int(place.list)]
      let target = store.lists[Int(label)]
      target.append(row: Int(place.offset), of: source)
      store.places[source.ids[Int(place.offset)]] = Place(list: UInt32(label), offset: UInt32(target.count - 1))
    }
    return store
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
