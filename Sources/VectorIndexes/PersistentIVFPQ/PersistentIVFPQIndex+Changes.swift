import OrderedStore
import VectorCore

extension PersistentIVFPQIndex {
  @discardableResult
  public func insertBatch(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict: ConflictRule, threads: Int
  ) throws(IndexError) -> Int {
    let model = try requireModel()
    let isEmpty = count == 0
    let batch = try InsertPlan(
      ids: ids, vectors: vectors, metadata: metadata, onConflict: onConflict, dimension: dimension,
      nextSequence: contents.nextSequence, threads: threads
    ) { id throws(IndexError) in isEmpty ? false : try isStored(id) }
    guard !batch.rows.isEmpty else { return 0 }
    let prepared = metric.prepare(vectors, threads: threads)
    let labels = model.quantizer.assign(prepared, threads: threads)
    let codes = model.coder.encode(prepared, labels: labels, threads: threads)
    let spill = configuration.spill(
      of: prepared, labels: labels, in: model.quantizer, by: model.coder, threads: threads)
    try change { (lists, contents) throws(StoreError) in
      for row in batch.replacingRows where try lists.remove(ids[row]) { contents.count -= 1 }
      try append(batch, labels: labels, codes: codes, spill: spill, to: lists, &contents) { row, format, target in
        format.write(prepared.baseAddress + row * dimension, to: target)
      }
    }
    return batch.newIDs
  }

  /// Stores the rows of a batch, whose ids are in no list any more.
  ///
  /// - Parameters:
  ///   - labels: of all rows of the batch, as are `codes` and `spill`.
  ///   - write: writes the vector of a row of the batch at the address, in the format.
  func append(
    _ batch: InsertPlan, labels: [Int32], codes: ProductCodes, spill: Spill?, to lists: ListWriter,
    _ contents: inout Contents,
    write: (_ row: Int, _ format: RowFormat, _ target: UnsafeMutableRawPointer) -> Void
  ) throws(StoreError) {
    try lists.append(
      ids: batch.rows.map { batch.ids[$0] }, sequences: batch.rows.map { contents.nextSequence + UInt64($0) },
      labels: batch.rows.map { labels[$0] }, codes: codes, spill: spill, codeRows: batch.rows
    ) { number, target in write(batch.rows[number], layout.format, target) }
    for row in batch.rows where !batch.metadata.isEmpty && !batch.metadata[row].isEmpty {
      try lists.transaction.put(
        StoredMetadata.encode(batch.metadata[row]), for: PostingLayout.key(ofID: batch.ids[row]),
        in: StoredTable.metadata)
    }
    contents.count += batch.rows.count
    contents.nextSequence += UInt64(batch.ids.count)
  }

  @discardableResult
  public func remove(id: UInt64) throws(IndexError) -> Bool {
    guard try isStored(id) else { return false }
    try change { (lists, contents) throws(StoreError) in contents.count -= try lists.remove(id) ? 1 : 0 }
    return true
  }

  /// Learns centroids and codebooks, `nlist` of them or as many as there are vectors.
  public func train(_ vectors: Matrix, threads: Int) throws(IndexError) {
    guard !isTrained else { throw .alreadyTrained(kind: Self.declaration.kind) }
    try trainAnew(vectors, threads: threads)
  }

  /// Removes all vectors and learns from others, in one change: `nlist` centroids or as many as there are vectors.
  ///
  /// - Throws: as `train`, but for an index that is trained already.
  public func trainAnew(_ vectors: Matrix, threads: Int) throws(IndexError) {
    try vectors.check(dimension: dimension, threads: threads)
    let model = try makeModel(on: metric.prepare(vectors, threads: threads), threads: threads)
    try change { (lists, contents) throws(StoreError) in
      try lists.clear()
      try lists.transaction.clear(StoredTable.metadata)
      try StoredModel.write(model, to: lists.transaction)
      contents = Contents(
        defaultNProbe: contents.defaultNProbe, generation: contents.generation + 1, model: model)
    }
  }

  public func retrain(threads: Int) throws(IndexError) {
    let old = try requireModel()
    guard count > 0 else { return }
    let stored = try StoredRows(currentLists(), layout: layout, keepingCodes: !configuration.keepsVectors)
    let vectors =
      configuration.keepsVectors
      ? stored.vectors(layout.format, threads: threads)
      : old.coder.decode(stored.codes, lists: stored.lists, threads: threads)
    let new = try makeModel(on: vectors, threads: threads)
    let labels = new.quantizer.assign(vectors, threads: threads)
    let codes = new.coder.encode(vectors, labels: labels, threads: threads)
    let spill = configuration.spill(
      of: vectors, labels: labels, in: new.quantizer, by: new.coder, threads: threads)
    let rowBytes = layout.format.rowBytes
    try change { (lists, contents) throws(StoreError) in
      try lists.clear()
      try StoredModel.write(new, to: lists.transaction)
      try lists.append(
        ids: stored.ids, sequences: stored.sequences, labels: labels, codes: codes, spill: spill,
        codeRows: Array(stored.ids.indices)
      ) { number, row in
        stored.rows.withUnsafeBytes {
          row.copyMemory(from: $0.baseAddress! + number * rowBytes, byteCount: rowBytes)
        }
      }
      contents.generation += 1
      contents.model = new
    }
  }

  private func isStored(_ id: UInt64) throws(IndexError) -> Bool {
    let reader = try reader()
    return try storing { () throws(StoreError) in try reader.place(of: id, place) != nil }
  }

  private func makeModel(on prepared: Matrix, threads: Int) throws(IndexError) -> ProductModel {
    guard prepared.rows > 0 else { throw .tooFewVectors(what: "training", needed: 1, got: 0) }
    return try ProductModel(
      training: prepared, nlist: min(configuration.nlist, prepared.rows), configuration: configuration,
      metric: metric, seed: seed, threads: threads)
  }
}

/// All rows of an index in order of insertion, copied: they stay while the index is written anew.
private struct StoredRows {
  private(set) var ids: [UInt64] = []
  private(set) var sequences: [UInt64] = []
  /// The list of each row.
  private(set) var lists: [UInt32] = []
  /// As they are stored.
  private(set) var rows: [UInt8] = []
  /// Row-major; none where they were not asked for.
  private(set) var codes: [UInt8] = []

  init(_ source: StoredLists, layout: PostingLayout, keepingCodes: Bool) throws(IndexError) {
    try source.loadAll()
    var places: [(sequence: UInt64, place: VectorStore.Place)] = []
    places.reserveCapacity(source.count)
    for list in 0..<UInt32(source.listCount) {
      for row in 0..<source.rows(of: list) {
        let place = VectorStore.Place(list: list, offset: UInt32(row))
        places.append((source.sequence(at: place), place))
      }
    }
    places.sort { $0.sequence < $1.sequence }
    ids = places.map { source.id(at: $0.place) }
    sequences = places.map(\.sequence)
    lists = places.map(\.place.list)
    rows.reserveCapacity(places.count * layout.format.rowBytes)
    var code = [UInt8](repeating: 0, count: layout.shape.codeBytes)
    for (_, place) in places {
      if layout.keepsVectors {
        rows += UnsafeRawBufferPointer(start: source.row(at: place), count: layout.format.rowBytes)
      }
      if keepingCodes {
        source.readProductCode(at: place, into: &code)
        codes += code
      }
    }
  }

  /// The vectors as they are kept, n × d.
  func vectors(_ format: RowFormat, threads: Int) -> Matrix {
    Matrix(rows: ids.count, columns: format.dimension) { floats in
      rows.withUnsafeBytes { rows in
        for number in ids.indices {
          format.read(
            rows.baseAddress! + number * format.rowBytes, into: floats.baseAddress! + number * format.dimension)
        }
      }
    }
  }
}

extension ListWriter {
  /// Adds vectors to the lists of their labels, in their order, and their echoes to the second lists.
  ///
  /// - Parameters:
  ///   - codeRows: which of the codes, and of the spill, are theirs.
  ///   - writeVector: writes vector `number` where vectors are kept.
  func append(
    ids: [UInt64], sequences: [UInt64], labels: [Int32], codes: ProductCodes, spill: Spill?, codeRows: [Int],
    writeVector: (_ number: Int, _ row: UnsafeMutableRawPointer) -> Void
  ) throws(StoreError) {
    let places = try append(labels: labels, areEchoes: false, codes: codes, codeRows: codeRows) {
      number, chunk, row in
      chunk.ids[row] = ids[number]
      chunk.sequences[row] = sequences[number]
    } writeVector: {
      writeVector($0, $1)
    }
    var echoes: [VectorStore.Place]?
    if let spill {
      echoes = try append(
        labels: codeRows.map { spill.labels[$0] }, areEchoes: true, codes: spill.codes,
        codeRows: codeRows
      ) { number, chunk, row in
        chunk.ids[row] = ids[number]
        chunk.origins[row] = places[number]
      } writeVector: { _, _ in
      }
    }
    try assign(ids, to: ids.indices.map { StoredAssignment(place: places[$0], echo: echoes?[$0]) })
  }

  /// Adds coded rows to the lists with the numbers of their labels; says where each of them is.
  private func append(
    labels: [Int32], areEchoes: Bool, codes: ProductCodes, codeRows: [Int],
    write: (_ number: Int, _ chunk: PostingChunk, _ row: Int) -> Void,
    writeVector: (_ number: Int, _ row: UnsafeMutableRawPointer) -> Void
  ) throws(StoreError) -> [VectorStore.Place] {
    let members = ClusterMembers(labels: labels, clusters: Int(labels.max() ?? -1) + 1)
    var places = [VectorStore.Place](repeating: VectorStore.Place(list: 0, offset: 0), count: labels.count)
    for label in Set(labels).sorted() {
      let list = areEchoes ? PostingLayout.echoes(of: UInt32(label)) : UInt32(label)
      let numbers = Array(members.rows(of: Int(label)))
      let start = try rows(of: list)
      for (offset, number) in numbers.enumerated() {
        places[Int(number)] = VectorStore.Place(list: list, offset: UInt32(start + offset))
      }
      try codes.bytes.withUnsafeBufferPointer { (bytes) throws(StoreError) in
        try append(numbers.count, to: list, behind: start) { member, chunk, row in
          let number = Int(numbers[member])
          write(number, chunk, row)
          let code = codeRows[number]
          chunk.cells.write(
            bytes.baseAddress! + code * layout.shape.codeBytes, codes.corrections[code], at: row)
        } writeVector: {
          writeVector(Int(numbers[$0]), $1)
        }
      }
    }
    return places
  }

  /// Notes where vectors are; ascending ids that come after all others fill their pages wholly.
  private func assign(_ ids: [UInt64], to places: [StoredAssignment]) throws(StoreError) {
    let cursor = try transaction.cursor(in: StoredTable.assignments, over: .all, .descending)
    let last = try cursor.nextKey().flatMap(PostingLayout.id(ofKey:))
    let isAscending = zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 }
    let isBehind = isAscending && (last.map { last in ids.first.map { last < $0 } ?? false } ?? true)
    for (id, place) in zip(ids, places) { try assign(id, place, appending: isBehind) }
  }

  /// Removes all rows of all lists.
  func clear() throws(StoreError) {
    for table in [StoredTable.postings, StoredTable.vectors, StoredTable.assignments] { try transaction.clear(table) }
  }
}
