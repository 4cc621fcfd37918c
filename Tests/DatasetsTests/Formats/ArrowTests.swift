import Foundation
import TestSupport
import Testing
import VectorCore

@testable import Datasets

private let python = TestPython.path(importing: "numpy", "pyarrow")

/// Files that pyarrow writes, as the program reads them: by pyarrow in a process of its own.
@Suite(.enabled(if: python != nil, "needs a Python with numpy and pyarrow: make deps")) struct ArrowTests {
  private let folder = TemporaryFolder()

  private func write(_ script: String) throws {
    let imports = "import numpy, pyarrow, pyarrow as pa, pyarrow.parquet as pq, pyarrow.feather, pyarrow.ipc\n"
    try TestPython.run(imports + script, with: try #require(python), in: folder.path)
  }

  private func open(_ name: String) throws -> any StoredTable {
    try TableFile.open(folder.file(name), part: "train").table
  }

  private func components(_ table: any StoredTable, rows: Int = .max) throws -> [Float] {
    let matrix = try table.matrix(rows: rows)
    return withExtendedLifetime(matrix) { Array(matrix.floats) }
  }

  private func failure(_ name: String) throws -> DatasetError? {
    let error = #expect(throws: DatasetError.self) { _ = try open(name).bytes(rows: 0..<1) }
    #expect(error.map { "\($0)".contains("\n") } == false)
    return error
  }

  @Test func everyListOfEveryTypeIsRead() throws {
    try write(
      """
      rows = [[1, 2, 3], [4, 5, 6]]
      types = dict(float16=pa.float16(), float32=pa.float32(), float64=pa.float64(), int8=pa.int8(), uint8=pa.uint8(),
        int16=pa.int16(), uint16=pa.uint16(), int32=pa.int32(), uint32=pa.uint32(), int64=pa.int64(), uint64=pa.uint64())
      for name, type in types.items():
        data = [numpy.array(row, name) for row in rows]
        columns = dict(list=pa.array(data, pa.list_(type)), large=pa.array(data, pa.large_list(type)),
          fixed=pa.array(data, pa.list_(type, 3)))
        for kind, column in columns.items():
          table = pa.table({kind: column})
          pq.write_table(table, f'{name}-{kind}.parquet')
          pa.feather.write_feather(table, f'{name}-{kind}.feather')
          with pa.ipc.new_stream(f'{name}-{kind}.arrow', table.schema) as stream: stream.write_table(table)
      """)
    let types: [ElementType] = [
      .float16, .float32, .float64, .int8, .uint8, .int16, .uint16, .int32, .uint32, .int64, .uint64,
    ]
    // One process describes all of them.
    let names = types.flatMap { type in
      ["list", "large", "fixed"].flatMap { kind in
        ["parquet", "feather", "arrow"].map { "\(type.rawValue)-\(kind).\($0)" }
      }
    }
    let described = try ArrowDescription.read(names.map { [folder.file($0)] })
    for (name, description) in zip(names, described) {
      let table = try ArrowTable(description, column: nil, path: folder.file(name), part: "train")
      #expect(name.hasPrefix(table.elementType.rawValue + "-") && table.rows == 2 && table.columns == 3, "\(name)")
      // Processes cost: one of each kind of list, and all element types of one.
      guard name.hasSuffix("fixed.parquet") || ["float32-list.feather", "float32-large.arrow"].contains(name) else {
        continue
      }
      #expect(try components(table) == [1, 2, 3, 4, 5, 6], "\(name)")
    }
  }

  @Test func rowsAreReadInAnyOrder() throws {
    try write(
      """
      numbers = numpy.arange(40000, dtype='f4')
      emb = pa.FixedSizeListArray.from_arrays(numbers, 4)
      table = pa.table(dict(emb=emb, key=pa.array(range(10000))))
      pq.write_table(table, 'a.parquet', row_group_size=3000)
      pa.feather.write_feather(table, 'a.feather', chunksize=700)
      """)
    for name in ["a.parquet", "a.feather"] {
      let table = try open(name)
      #expect(table.rows == 10_000 && table.columns == 4)
      for range in [0..<10, 10..<5000, 5000..<5001, 2999..<3001, 9999..<10_000, 0..<0, 0..<1] {
        let expected = (range.lowerBound * 4..<range.upperBound * 4).map { Float($0) }
        #expect(ElementType.float32.floats(try table.bytes(rows: range)) == expected, "\(name) \(range)")
      }
      #expect(try components(table, rows: 7) == (0..<28).map { Float($0) })
      #expect(try table.digest(rows: 5) == table.digest(rows: .max))
    }
    // The digest is that of the bytes of the file.
    #expect(try open("a.parquet").digest(rows: .max) != open("a.feather").digest(rows: .max))
  }

  @Test func shardsAreOneTable() throws {
    try write(
      """
      import os
      os.makedirs('shards')
      for number in range(3):
        emb = pa.array([[number * 2., 0.], [number * 2 + 1., 0.]], pa.list_(pa.float32()))
        pq.write_table(pa.table(dict(emb=emb, id=pa.array([number * 2, number * 2 + 1]))), f'shards/part-{number}.parquet')
      pq.write_table(pa.table(dict(other=emb)), 'part-9.parquet')
      """)
    for path in ["shards", "shards/", "shards/*.parquet", "shards/part-[0-2].parquet", "shards:emb"] {
      let table = try open(path)
      #expect(table.rows == 6 && table.columns == 2, "\(path)")
      #expect(ElementType.float32.floats(try table.bytes(rows: 1..<5)) == [1, 0, 2, 0, 3, 0, 4, 0], "\(path)")
    }
    #expect(TableFile.files(of: folder.file("shards")).count == 3)
    try FileManager.default.copyItem(
      atPath: folder.file("part-9.parquet"), toPath: folder.file("shards/part-9.parquet"))
    let reason = "its columns are not those of \(folder.file("shards/part-0.parquet"))"
    #expect(try failure("shards") == .table(path: folder.file("shards/part-9.parquet"), .unreadable(reason: reason)))
  }

  @Test func anEmptyShardSaysNothingAboutTheWidth() throws {
    try write(
      """
      import os
      os.makedirs('shards')
      for number, rows in enumerate([[], [[1., 2.], [3., 4.]]]):
        pq.write_table(pa.table(dict(emb=pa.array(rows, pa.list_(pa.float32())))), f'shards/{number}.parquet')
      """)
    let table = try open("shards")
    #expect(table.rows == 2 && table.columns == 2)
    #expect(try table.floats(rows: .max) == [1, 2, 3, 4])
  }

  @Test func theColumnIsFoundOrNamed() throws {
    try write(
      """
      a, b = pa.array([[1., 2.]], pa.list_(pa.float32())), pa.array([[3, 4, 5]], pa.list_(pa.int64()))
      pq.write_table(pa.table(dict(a=a, b=b, c=pa.array(['x']))), 'one.parquet')
      pq.write_table(pa.table(dict(a=a, d=a)), 'two.parquet')
      pq.write_table(pa.table(dict(c=pa.array(['x']))), 'none.parquet')
      """)
    #expect(try open("one.parquet").columns == 2)
    #expect(try open("one.parquet:b").integers(rows: .max) == [3, 4, 5])
    let two = folder.file("two.parquet")
    #expect(try open("two.parquet:d").floats(rows: .max) == [1, 2])
    #expect(
      try failure("two.parquet") == .table(path: two, .memberNeeded(what: "columns of lists", names: ["a", "d"])))
    #expect(
      try failure("two.parquet:x")
        == .table(path: two + ":x", .missingMember(what: "column", name: "x", names: ["a", "d"])))
    let one = folder.file("one.parquet:c")
    #expect(try failure("one.parquet:c") == .table(path: one, .wrongColumn(name: "c", type: "string")))
    #expect(
      try failure("none.parquet")
        == .table(path: folder.file("none.parquet"), .memberNeeded(what: "columns of lists", names: [])))
  }

  @Test func badRowsAreNamed() throws {
    try write(
      """
      def write(name, rows, type=pa.list_(pa.float32())):
        pq.write_table(pa.table(dict(emb=pa.array(rows, type))), name, row_group_size=2)
      good = [1., 2.]
      write('null.parquet', [good, good, good, None])
      write('inner.parquet', [good, good, [1., None]], pa.list_(pa.float32(), 2))
      write('ragged.parquet', [good, good, good, [1., 2., 3.]])
      write('nan.parquet', [good, good, [1., float('nan')]])
      write('empty.parquet', [])
      write('narrow.parquet', [[], []])
      write('one.parquet', [good])
      """)
    func path(_ name: String) -> String { folder.file(name + ".parquet") }
    func failure(_ name: String) -> DatasetError? {
      let error = #expect(throws: DatasetError.self) {
        let table = try open(name + ".parquet")
        _ = try table.matrix(rows: .max)
      }
      return error
    }
    #expect(failure("null") == .table(path: path("null"), .null(column: "emb", row: 3)))
    #expect(failure("inner") == .table(path: path("inner"), .null(column: "emb", row: 2)))
    #expect(failure("ragged") == .table(path: path("ragged"), .raggedList(row: 3, columns: 3)))
    #expect(failure("nan") == .notFinite(path: path("nan"), part: "train", row: 2, column: 1))
    #expect(failure("empty") == .table(path: path("empty"), .impossibleCount(of: "the number of rows", value: 0)))
    #expect(failure("narrow") == .table(path: path("narrow"), .impossibleCount(of: "the number of columns", value: 0)))
    #expect(try open("one.parquet").rows == 1)
    // What is good before a bad row is read.
    #expect(try open("ragged.parquet").matrix(rows: 2).rows == 2)
  }

  @Test func filesThatAreNoneAreRefused() throws {
    try write("pq.write_table(pa.table(dict(emb=pa.array([[1., 2.]] * 500))), 'a.parquet')")
    let bytes = try #require(folder.read("a.parquet"))
    for (name, content) in [
      ("empty.parquet", Data()), ("text.parquet", Data("id,emb\n1,2\n".utf8)), ("cut.parquet", bytes.dropLast(9)),
      ("short.arrow", bytes.prefix(20)), ("old.feather", Data("FEA1xxxxFEA1".utf8)),
    ] {
      try folder.write(name, Data(content))
      guard case .table(folder.file(name), .unreadable(let reason)) = try failure(name) else {
        Issue.record("\(name)")
        continue
      }
      #expect(!reason.isEmpty)
    }
    #expect(
      try failure("none.parquet") == .cannotRead(path: folder.file("none.parquet"), reason: "No such file or directory")
    )
  }

  @Test func otherColumnsAreMetadata() throws {
    try write(
      """
      pq.write_table(pa.table(dict(
        emb=pa.array([[1., 2.], [3., 4.], [5., 6.]], pa.list_(pa.float32(), 2)), id=pa.array([10, None, 30]),
        price=pa.array([1.5, 2.5, None], pa.float32()), name=pa.array(['ä', None, '']), flag=pa.array([True, False, None]),
        kind=pa.array(['x', 'y', 'x']).dictionary_encode(), words=pa.array([['b', 'a'], None, ['a']]),
        codes=pa.array([[7], [], [2, 7]], pa.list_(pa.int32())), raw=pa.array([b'1', b'2', b'3']))), 'a.parquet')
      """)
    try folder.write("a.yml", Data("distance: l2\ntrain: a.parquet\ntest: a.parquet\n".utf8))
    let metadata = try #require(try Dataset.loadVectors(path: folder.file("a.yml")).metadata)
    #expect(
      try metadata.summary()
        == "id integers, price floats, name strings, flag integers, kind strings, words tags, codes tags")
    #expect(try metadata.values(of: "id") == .integers([10, nil, 30]))
    #expect(try metadata.values(of: "price") == .floats([1.5, 2.5, nil]))
    #expect(try metadata.values(of: "name") == .strings(["ä", nil, ""]))
    #expect(try metadata.values(of: "flag") == .integers([1, 0, nil]))
    #expect(try metadata.values(of: "kind") == .strings(["x", "y", "x"]))
    let words = TagSets(starts: [0, 2, 2, 3], tags: [0, 1, 1], tagCount: 2, names: ["b", "a"])
    #expect(try metadata.values(of: "words") == .tags(words))
    #expect(try metadata.values(of: "codes") == .tags(TagSets(starts: [0, 1, 1, 3], tags: [7, 2, 7], tagCount: 8)))
    #expect(throws: DatasetError.self) { try metadata.values(of: "raw") }
  }

  /// In the layout of VectorDBBench's README; with `shuffled`, ids are not the numbers of rows.
  private func writeFolder(shuffled: Bool) throws {
    try write(
      """
      import os
      os.makedirs('cohere_small_6')
      os.chdir('cohere_small_6')
      order = \(shuffled ? "[4, 2, 0, 5, 1, 3]" : "list(range(6))")
      prefix = '\(shuffled ? "shuffle_train" : "train")'
      emb = lambda ids: pa.array([[1., float(id)] for id in ids], pa.list_(pa.float32()))
      for number in range(2):
        ids = order[number * 3:number * 3 + 3]
        pq.write_table(pa.table(dict(id=pa.array(ids), emb=emb(ids))), f'{prefix}-0{number}-of-02.parquet')
      pq.write_table(pa.table(dict(id=pa.array([0, 1]), emb=emb([0.1, 4.8]))), 'test.parquet')
      pq.write_table(pa.table(dict(id=pa.array([0, 1]), neighbors_id=pa.array([[0, 1], [5, 4]]))), 'neighbors.parquet')
      pq.write_table(pa.table(dict(id=pa.array(range(6)), labels=pa.array(list('abcdef')))), 'scalar_labels.parquet')
      """)
  }

  @Test(arguments: [false, true])
  func aFolderOfVectorDBBenchIsADataset(_ isShuffled: Bool) throws {
    try writeFolder(shuffled: isShuffled)
    let path = folder.file("cohere_small_6")
    let dataset = try Dataset.load(path: path)
    #expect(dataset.name == "cohere_small_6" && dataset.metric == .angular)
    #expect(dataset.train.rows == 6 && dataset.test.rows == 2)
    let order = isShuffled ? [4, 2, 0, 5, 1, 3] : Array(0..<6)
    let components = (0..<6).map { dataset.train.floats[2 * $0 + 1] }
    #expect(components == order.map { Float($0) })
    #expect(dataset.groundTruth.neighbors.map { order[Int($0)] } == [0, 1, 5, 4])
    let metadata = try #require(dataset.metadata)
    #expect(try metadata.summary() == "id integers, labels strings")
    #expect(try metadata.values(of: "id") == .integers(order.map { Int64($0) }))
    #expect(try metadata.values(of: "labels") == .strings(order.map { "\(Array("abcdef")[$0])" }))
    #expect(try Dataset.stamps(path: path).count == 5)
    #expect(try Preflight(path: path).failures == 0)
    try FileManager.default.removeItem(atPath: path + "/test.parquet")
    let error = DatasetError.incompleteFolder(path: path, layout: "VectorDBBench", missing: "test.parquet")
    #expect(throws: error) { try Dataset.load(path: path) }
  }

  @Test func tablesAreConverted() throws {
    try write(
      "pq.write_table(pa.table(dict(emb=pa.array([[1., 2.], [3., 4.]], pa.list_(pa.float32())), key=pa.array([1, 2]))), 'a.parquet')"
    )
    for target in ["a.fbin", "a.f16bin", "a.npy"] {
      let conversion = try DatasetConversion(from: folder.file("a.parquet"), to: folder.file(target))
      try conversion.run()
      #expect(conversion.omission?.contains("metadata of the rows (key integers)") == true)
      #expect(try open(target).floats(rows: .max) == [1, 2, 3, 4], "\(target)")
    }
  }
}

struct ArrowWithoutLibraryTests {
  @Test func theLineSaysHowToGetTheLibrary() {
    for interpreter in [nil, "/usr/bin/python3"] {
      let text = DatasetError.noPyArrow(path: "a.parquet", interpreter: interpreter).description
      #expect(text.hasPrefix("a.parquet: ") && text.contains("RECALLBENCH_PYTHON") && !text.contains("\n"))
    }
  }
}
