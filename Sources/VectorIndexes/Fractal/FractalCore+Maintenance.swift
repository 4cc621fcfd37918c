import VectorCore

extension FractalCore {
  /// Encodes the vectors of a leaf's buffer if it is full, and splits the leaf if it has too many vectors.
  func relieve(_ leaf: Cluster, threads: Int) {
    cascadeIfFull(leaf, threads: threads)
    if leaf.population > tree.splitLimit(of: leaf) { split(leaf, threads: threads) }
  }

  func cascadeIfFull(_ leaf: Cluster, threads: Int) {
    if trained != nil, store.lists[leaf.buffer].count >= settings.maxBuffer { cascade(leaf, threads: threads) }
  }

  /// Encodes the vectors of a leaf's buffer and moves them to its postings.
  func cascade(_ leaf: Cluster, threads: Int) {
    guard let coder = trained?.coder else { return }
    let buffer = store.lists[leaf.buffer]
    upkeep.cascades.measure(vectors: buffer.count) {
      let vectors = keptVectors(of: leaf.buffer)
      let codes = coder.encode(vectors, labels: [], threads: threads)
      codingError?.add(coder.meanSquaredError(of: vectors, codes: codes, threads: threads), of: buffer.count)
      let rows = Array(0..<UInt32(buffer.count))
      store.moveRows(of: leaf.buffer, to: rows.map { _ in leaf.postings }, productCodes: codes)
      guard settings.coding.options.refineStore != .f32 else { return }
      // The stored vectors differ from the inserted ones. The sums must be of the stored ones, which are subtracted
      // later.
      let kept = keptVectors(of: leaf.postings, rows: store.lists[leaf.postings].ids.indices.suffix(rows.count))
      tree.shift(leaf, by: zip(kept.sum(of: rows), vectors.sum(of: rows)).map { $0 - $1 }) { members(of: leaf) }
    }
  }

  /// Splits a leaf in two, and the parts again while they have too many vectors.
  ///
  /// A leaf whose vectors are all equal is not split, and no leaf is split if the tree would become too deep.
  private func split(_ leaf: Cluster, threads: Int) {
    leaf.waitsForRoom = !tree.hasRoomToSplit(leaf)
    guard !leaf.waitsForRoom else { return }
    let vectors = members(of: leaf)
    guard vectors.hasDistinctRows else {
      leaf.raisedLimit = 2 * leaf.population
      return
    }
    let parts = [tree.makeLeaf(), tree.makeLeaf()]
    makeLists()
    upkeep.splits.measure(vectors: vectors.rows) { move(vectors, of: leaf, to: parts, threads: threads) }
    reassign(around: leaf, threads: threads)
    for part in parts where part.population > tree.splitLimit(of: part) { split(part, threads: threads) }
  }

  /// Lowers, after a removal, the limit of a leaf that could not be split and has grown beyond the tree's limit.
  ///
  /// The leaf is tried again once it has shrunk to the tree's limit, or once half of its vectors have been replaced.
  func lowerRaisedLimit(of leaf: Cluster) {
    let most = tree.leafLimit
    guard leaf.raisedLimit > most else { return }
    leaf.raisedLimit = leaf.population <= most ? 0 : max(leaf.population, leaf.raisedLimit - 2)
  }

  /// Splits a leaf's vectors into two parts and replaces the leaf by them.
  private func move(_ vectors: Matrix, of leaf: Cluster, to parts: [Cluster], threads: Int) {
    let isSecond = TwoMeans.parts(
      of: vectors, least: settings.leastPart(of: vectors.rows), metric: metric,
      seed: tree.splitSeed(of: leaf), threads: threads)
    let posted = store.lists[leaf.postings].count
    store.moveRows(of: leaf.postings, to: isSecond[..<posted].map { parts[$0 ? 1 : 0].postings })
    store.moveRows(of: leaf.buffer, to: isSecond[posted...].map { parts[$0 ? 1 : 0].buffer })
    for (part, side) in zip(parts, [false, true]) {
      part.setMembers(isSecond.indices.filter { isSecond[$0] == side }.map(UInt32.init), of: vectors)
    }
    tree.split(leaf, into: parts)
  }

  /// Moves a leaf's vectors to the nearest sibling leaf, if there is one with enough room.
  ///
  /// - Returns: whether the vectors were moved.
  @discardableResult
  func mergeIntoSibling(_ leaf: Cluster) -> Bool {
    guard let sibling = tree.nearestSiblingLeaf(of: leaf),
      sibling.population + leaf.population <= tree.leafLimit
    else { return false }
    upkeep.merges.measure(vectors: leaf.population) {
      for (source, target) in [(leaf.postings, sibling.postings), (leaf.buffer, sibling.buffer)] {
        store.moveRows(of: source, to: Array(repeating: target, count: store.lists[source].count))
      }
      tree.merge(leaf, into: sibling) { members(of: sibling) }
    }
    cascadeIfFull(sibling, threads: 1)
    return true
  }

  /// Trains the codebooks again if they no longer fit the newest vectors.
  func refitIfDrifted(threads: Int) {
    guard let codingError, count >= settings.trainSize,
      codingError.hasDrifted(beyond: settings.refit, of: count)
    else { return }
    upkeep.refits.measure(vectors: count) { codeAgain(makeTrainedOnStored(threads: threads), threads: threads) }
  }

  /// Adds lists for the slots of the tree that have none yet.
  func makeLists() {
    while store.lists.count < 2 * tree.clusters.count {
      let format = settings.coding.rowFormat(dimension: dimension)
      _ = store.addList(format: format, productCodes: settings.coding.shape)
      let buffer = store.addList(format: RowFormat(encoding: .floats, dimension: dimension))
      boundRows(ofBuffer: buffer)
    }
  }
}

extension FractalCore {
  /// Gives a buffer scalar codes, for present and future vectors, relative to the mean of the training vectors.
  func boundRows(ofBuffer list: Int) {
    guard let trained, let bounds = trained.bounds else { return }
    store.code(list: list, with: bounds, center: trained.coder.centers.baseAddress)
  }
}

// MARK: - Stored vectors

extension FractalCore {
  /// The vectors of a leaf as they are stored, n × d: those of its postings, then those of its buffer.
  func members(of leaf: Cluster) -> Matrix {
    let (postings, buffer) = (store.lists[leaf.postings].count, store.lists[leaf.buffer].count)
    return Matrix(rows: postings + buffer, columns: dimension) { floats in
      guard let base = floats.baseAddress else { return }
      readKept(leaf.postings, rows: 0..<postings, into: base)
      readKept(leaf.buffer, rows: 0..<buffer, into: base + postings * dimension)
    }
  }

  /// The vector of an id as it is stored; `nil` when there is none.
  func vector(of id: UInt64) -> [Float]? {
    store.place(of: id).map { keptVectors(of: Int($0.list), rows: [Int($0.offset)]).floats }
  }

  /// The vectors of a list as they are stored, n × d.
  func keptVectors(of list: Int) -> Matrix { keptVectors(of: list, rows: store.lists[list].ids.indices) }

  /// Passes the vectors of a list, n × d, to `body`; without a copy if they are stored as floats.
  func withKeptVectors(of number: Int, _ body: (_ vectors: UnsafePointer<Float>, _ count: Int) -> Void) {
    let list = store.lists[number]
    if list.format.encoding == .floats {
      body(list.row(0).assumingMemoryBound(to: Float.self), list.count)
    } else {
      let vectors = keptVectors(of: number)
      body(vectors.baseAddress, vectors.rows)
    }
  }

  /// The vectors in these rows of a list as they are stored, n × d.
  func keptVectors(of list: Int, rows: some Collection<Int>) -> Matrix {
    Matrix(rows: rows.count, columns: dimension) { floats in
      guard let base = floats.baseAddress else { return }
      readKept(list, rows: rows, into: base)
    }
  }

  /// The places of about `size` of the vectors, or of all if they are fewer, in order of insertion.
  ///
  /// A hash of the sequence and the seed selects the sample, so it does not depend on where the vectors are stored.
  func samplePlaces(_ size: Int, seed: UInt64 = 0) -> [RowPlace] {
    let share = count > size ? UInt64.max / UInt64(count) * UInt64(size) : .max
    var places: [(sequence: UInt64, place: RowPlace)] = []
    for (number, list) in store.lists.enumerated() {
      for (row, sequence) in list.sequences.enumerated() where (sequence &+ seed) &* 0x9E37_79B9_7F4A_7C15 <= share {
        places.append((sequence, RowPlace(list: UInt32(number), offset: UInt32(row))))
      }
    }
    places.sort { $0.sequence < $1.sequence }
    return places.map(\.place)
  }

  /// The vectors at these places as they are stored, n × d.
  func keptVectors(at places: [RowPlace]) -> Matrix {
    Matrix(rows: places.count, columns: dimension) { floats in
      guard let base = floats.baseAddress else { return }
      for (number, place) in places.enumerated() {
        readKept(Int(place.list), rows: CollectionOfOne(Int(place.offset)), into: base + number * dimension)
      }
    }
  }

  /// Copies the stored vectors of these rows, or decodes them from their codes if no vectors are stored.
  private func readKept(_ number: Int, rows: some Collection<Int>, into vectors: UnsafeMutablePointer<Float>) {
    let list = store.lists[number]
    var target = vectors
    guard list.format.encoding == .absent else {
      for row in rows {
        list.format.read(list.row(row), into: target)
        target += dimension
      }
      return
    }
    guard let coder = trained?.coder, !rows.isEmpty else { return }
    let codes = ProductCodes(bytes: list.productCodes(of: rows), corrections: [])
    let decoded = coder.decode(codes, lists: rows.map { _ in 0 }, threads: 1)
    vectors.initialize(from: decoded.baseAddress, count: decoded.rows * dimension)
  }
}
