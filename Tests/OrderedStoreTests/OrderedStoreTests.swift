import OrderedStore
import Testing

/// What every store does alike.
@Suite struct OrderedStoreTests {
  @Test(arguments: StoreKind.allCases)
  func whatIsPutIsFoundInTheOrderOfItsKeys(_ kind: StoreKind) throws {
    try kind.withStore { store in
      try store.write { transaction throws(StoreError) in
        for key in ["b", "a", "ab", "\u{7F}", "ba", "é"] { try transaction.put("v\(key)".key, for: key.key, in: "t") }
        try transaction.put("2".key, for: "a".key, in: "t")
        try transaction.put([], for: "empty".key, in: "other")
      }
      let snapshot = try store.snapshot()
      #expect(try snapshot.keys(of: "t") == ["a", "ab", "b", "ba", "\u{7F}", "é"])
      #expect(try snapshot.text("a", in: "t") == "2")
      #expect(try snapshot.text("é", in: "t") == "vé")
      #expect(try snapshot.text("aa", in: "t") == nil)
      #expect(try snapshot.text("empty", in: "other") == "")
      #expect(try snapshot.text("a", in: "nowhere") == nil)
      #expect(try snapshot.count(of: "t") == 6 && snapshot.count(of: "other") == 1)
      #expect(try snapshot.count(of: "nowhere") == 0 && snapshot.keys(of: "nowhere") == [])
      #expect(snapshot.tables == ["other", "t"])
    }
  }

  @Test(arguments: StoreKind.allCases, ScanDirection.allCases)
  func rangesHaveOpenAndClosedBounds(_ kind: StoreKind, _ direction: ScanDirection) throws {
    try kind.withStore { store in
      try store.write { transaction throws(StoreError) in
        for key in ["b", "bb", "d", "f"] { try transaction.put([], for: key.key, in: "t") }
      }
      let snapshot = try store.snapshot()
      func keys(_ range: KeyRange) throws -> [String] {
        let keys = try snapshot.keys(of: "t", range, direction)
        return direction == .ascending ? keys : keys.reversed()
      }
      #expect(try keys(.all) == ["b", "bb", "d", "f"])
      #expect(try keys(.from("b".key, upTo: "d".key)) == ["b", "bb"])
      #expect(try keys(.from("b".key, through: "d".key)) == ["b", "bb", "d"])
      #expect(try keys(.from("a".key, through: "c".key)) == ["b", "bb"])
      #expect(try keys(.from("c".key)) == ["d", "f"])
      #expect(try keys(.from("d".key)) == ["d", "f"])
      #expect(try keys(.from("g".key)) == [])
      #expect(try keys(.from("c".key, upTo: "d".key)) == [])
      #expect(try keys(.from("d".key, upTo: "b".key)) == [])
      #expect(try keys(KeyRange(lower: .excluded("b".key), upper: .included("f".key))) == ["bb", "d", "f"])
      #expect(try keys(KeyRange(lower: .excluded("b".key), upper: .excluded("f".key))) == ["bb", "d"])
      #expect(try keys(KeyRange(lower: .excluded("f".key))) == [])
      #expect(try keys(KeyRange(upper: .excluded("b".key))) == [])
      #expect(try keys(KeyRange(upper: .included("zz".key))) == ["b", "bb", "d", "f"])
      #expect(try keys(.prefix("b".key)) == ["b", "bb"])
      // No key is empty.
      #expect(try keys(.from([])) == ["b", "bb", "d", "f"] && keys(KeyRange(lower: .excluded([]))).count == 4)
      #expect(try keys(.from([], through: [])) == [] && keys(KeyRange(upper: .excluded([]))) == [])
      // A bound may be longer than any key.
      #expect(try keys(.from("c".key + Array(repeating: 0, count: 600))) == ["d", "f"])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func anEndedCursorStaysAtItsEnd(_ kind: StoreKind) throws {
    try kind.withStore { store in
      try store.write { transaction throws(StoreError) in
        try transaction.put([], for: "a".key, in: "t")
        let cursor = try transaction.cursor(in: "t")
        let absent = try transaction.cursor(in: "u")
        #expect(try cursor.next() != nil)
        #expect(try cursor.next() == nil)
        try transaction.put([], for: "b".key, in: "t")
        try transaction.put([], for: "b".key, in: "u")
        #expect(try cursor.next() == nil)
        #expect(try absent.nextKey() == nil)
      }
    }
  }

  // parity: S1.11
  @Test(arguments: StoreKind.allCases)
  func aSnapshotStaysAsItWas(_ kind: StoreKind) throws {
    try kind.withStore { store in
      try store.write { transaction throws(StoreError) in
        for key in ["a", "b", "c"] { try transaction.put("old".key, for: key.key, in: "t") }
      }
      let snapshot = try store.snapshot()
      let value = try #require(try snapshot.value(for: "a".key, in: "t"))
      let transaction = try store.begin()
      try transaction.put("new".key, for: "a".key, in: "t")
      try transaction.put("new".key, for: "x".key, in: "t2")
      try transaction.remove("b".key, from: "t")
      // Others see nothing before the commit.
      #expect(try store.snapshot().text("a", in: "t") == "old")
      #expect(try transaction.text("a", in: "t") == "new" && transaction.keys(of: "t") == ["a", "c"])
      try transaction.commit()
      try store.write { transaction throws(StoreError) in try transaction.clear("t") }

      #expect(try snapshot.entries(of: "t") == ["a", "b", "c"].map { [$0.key, "old".key] })
      #expect(snapshot.tables == ["t"] && value.text == "old")
      #expect(try snapshot.count(of: "t") == 3 && snapshot.text("x", in: "t2") == nil)
      let latest = try store.snapshot()
      #expect(try latest.count(of: "t") == 0 && latest.keys(of: "t") == [] && latest.text("x", in: "t2") == "new")
      #expect(latest.tables == ["t", "t2"])
    }
  }

  private func change(_ transaction: any StoreTransaction) throws(StoreError) {
    try transaction.put("2".key, for: "a".key, in: "t")
    try transaction.put(Array(repeating: 7, count: 100_000), for: "b".key, in: "new")
    try transaction.clear("t")
  }

  // parity: S1.1, S1.10
  @Test(arguments: StoreKind.allCases)
  func anAbortUndoesEverything(_ kind: StoreKind) throws {
    try kind.withStore { store in
      try store.write { transaction throws(StoreError) in try transaction.put("1".key, for: "a".key, in: "t") }
      let transaction = try store.begin()
      try change(transaction)
      transaction.abort()
      transaction.abort()
      // The end of the last reference is an abort.
      try change(store.begin())
      #expect(throws: StoreError.self) {
        try store.write { transaction throws(StoreError) in
          try change(transaction)
          try transaction.put([], for: [], in: "t")
        }
      }
      let snapshot = try store.snapshot()
      #expect(try snapshot.text("a", in: "t") == "1" && snapshot.count(of: "t") == 1)
      #expect(snapshot.tables == ["t"])
      // The name of an undone table can be used again.
      try store.write { transaction throws(StoreError) in try transaction.put("3".key, for: "c".key, in: "new") }
      #expect(try store.snapshot().entries(of: "new") == [["c".key, "3".key]])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func thereIsOneTransactionAtATime(_ kind: StoreKind) throws {
    try kind.withStore { store in
      let first = try store.begin()
      #expect(refusal { _ = try store.begin() } == .transactionOpen)
      try first.put("1".key, for: "a".key, in: "t")
      try first.commit()
      try store.begin().abort()
      #expect(try store.snapshot().text("a", in: "t") == "1")
    }
  }

  @Test(arguments: StoreKind.allCases)
  func aCursorGoesOnFromItsLastKeyWhileTheTableChanges(_ kind: StoreKind) throws {
    try kind.withStore { store in
      let transaction = try store.begin()
      for number in 0..<2_000 { try transaction.put([], for: "k\(10_000 + number)".key, in: "t") }
      // Removing what one sees, both ways.
      let up = try transaction.cursor(in: "t", over: .from("k10000".key, upTo: "k11500".key))
      var seen = 0
      while let key = try up.nextKey() {
        try transaction.remove(Array(key), from: "t")
        seen += 1
      }
      #expect(try seen == 1_500 && transaction.count(of: "t") == 500)
      let down = try transaction.cursor(in: "t", over: .all, .descending)
      #expect(try down.next()?.key.text == "k11999")
      try transaction.put([], for: "k11998x".key, in: "t")
      #expect(try down.next()?.key.text == "k11998x")
      try transaction.remove("k11998x".key, from: "t")
      try transaction.remove("k11998".key, from: "t")
      #expect(try down.next()?.key.text == "k11997")
      let upAgain = try transaction.cursor(in: "t")
      #expect(try upAgain.nextKey()?.text == "k11500")
      try transaction.clear("t")
      for key in ["a", "z"] { try transaction.put([], for: key.key, in: "t") }
      #expect(try down.next()?.key.text == "a")
      #expect(try upAgain.nextKey()?.text == "z")
      try transaction.commit()
    }
  }

  @Test(arguments: StoreKind.allCases)
  func appendingWantsAscendingKeys(_ kind: StoreKind) throws {
    try kind.withStore { store in
      try store.write { transaction throws(StoreError) in
        for number in 0..<3_000 {
          try transaction.put("\(number)".key, for: "\(10_000 + number)".key, in: "t", appending: true)
        }
        for key in ["12999", "10000", "0"] {
          #expect(
            refusal { try transaction.put([], for: key.key, in: "t", appending: true) } == .keyNotLast, "\(key)")
        }
        // A refused key costs the transaction nothing.
        try transaction.put([1], for: "2".key, in: "t", appending: true)
      }
      let snapshot = try store.snapshot()
      #expect(try snapshot.count(of: "t") == 3_001 && snapshot.text("12999", in: "t") == "2999")
    }
  }

  @Test(arguments: StoreKind.allCases)
  func aValueIsWrittenInPlace(_ kind: StoreKind) throws {
    try kind.withStore { store in
      try store.write { transaction throws(StoreError) in
        for count in [0, 1, 2_047, 2_048, 100_001] {
          try transaction.put(byteCount: count, for: "\(count)".key, in: "t", appending: false) { bytes in
            #expect(bytes.count == count)
            for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index) }
          }
        }
      }
      let snapshot = try store.snapshot()
      for count in [0, 1, 2_047, 2_048, 100_001] {
        #expect(
          try snapshot.bytes(for: "\(count)".key, in: "t") == (0..<count).map { UInt8(truncatingIfNeeded: $0) })
      }
    }
  }

  @Test(arguments: StoreKind.allCases)
  func largeValuesAreAligned(_ kind: StoreKind) throws {
    try kind.withStore { store in
      try store.write { transaction throws(StoreError) in
        for number in 0..<20 {
          let bytes = [UInt8](repeating: 1, count: 8_192 + number * 1_001)
          try transaction.put(bytes, for: "\(number)".key, in: "t")
        }
      }
      let snapshot = try store.snapshot()
      for number in 0..<20 {
        let value = try #require(try snapshot.value(for: "\(number)".key, in: "t"))
        #expect(UInt(bitPattern: value.baseAddress) % 64 == 0)
      }
    }
  }

  @Test(arguments: StoreKind.allCases)
  func keysValuesAndNamesHaveLimits(_ kind: StoreKind) throws {
    try kind.withStore { store in
      let transaction = try store.begin()
      let longest = [UInt8](repeating: 255, count: 511)
      try transaction.put([1], for: longest, in: "t")
      for (key, reason) in [([], .emptyKey), (longest + [0], .keyTooLong(bytes: 512, limit: 511))]
        as [([UInt8], StoreError.Reason)]
      {
        #expect(refusal { try transaction.put([], for: key, in: "t") } == reason)
        #expect(refusal { try transaction.remove(key, from: "t") } == reason)
        #expect(refusal { _ = try transaction.value(for: key, in: "t") } == reason)
      }
      for name in ["", "a\0b", "recallbench-store", String(repeating: "x", count: 256)] {
        #expect(refusal { try transaction.put([], for: [1], in: name) } == .invalidTableName, "\(name)")
      }
      let limit = 0xFFFF_FFFF - 48
      #expect(
        refusal { try transaction.put(byteCount: limit + 1, for: [1], in: "t", appending: false) { _ in } }
          == .valueTooLarge(bytes: limit + 1, limit: limit))
      // The longest name of a table, and not only of ASCII.
      let name = String(repeating: "é", count: 127) + "x"
      try transaction.put([2], for: [1], in: name)
      try transaction.commit()
      let snapshot = try store.snapshot()
      #expect(try snapshot.bytes(for: longest, in: "t") == [1] && snapshot.bytes(for: [1], in: name) == [2])
      #expect(snapshot.tables == ["t", name])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func placesForSnapshotsRunOutAndComeBack(_ kind: StoreKind) throws {
    try kind.withStore { store in
      try store.write { transaction throws(StoreError) in try transaction.put("1".key, for: "a".key, in: "t") }
      var snapshots = try (0..<1_024).map { _ in try store.snapshot() }
      #expect(refusal { _ = try store.snapshot() } == .tooManySnapshots(limit: 1_024))
      snapshots.removeLast()
      #expect(try store.snapshot().text("a", in: "t") == "1")
      #expect(try snapshots[0].text("a", in: "t") == "1")
    }
  }

  @Test(arguments: StoreKind.allCases)
  func placesForTablesRunOut(_ kind: StoreKind) throws {
    try kind.withStore { store in
      try store.write { transaction throws(StoreError) in
        for number in 0..<256 { try transaction.put([], for: [1], in: "\(number)") }
        #expect(refusal { try transaction.put([], for: [1], in: "one more") } == .tooManyTables(limit: 256))
        try transaction.put([], for: [2], in: "255")
      }
      #expect(try store.snapshot().tables.count == 256)
    }
  }

  @Test(arguments: StoreKind.allCases, [true, false])
  func aTransactionThatHasEndedRefusesEverything(_ kind: StoreKind, commits: Bool) throws {
    try kind.withStore { store in
      let transaction = try store.begin()
      try transaction.put([1], for: [1], in: "t")
      let cursor = try transaction.cursor(in: "t")
      if commits { try transaction.commit() } else { transaction.abort() }
      let uses: [() throws -> Void] = [
        { try transaction.put([1], for: [2], in: "t") }, { try transaction.remove([1], from: "t") },
        { try transaction.clear("t") }, { _ = try transaction.value(for: [1], in: "t") },
        { _ = try transaction.count(of: "t") }, { _ = try transaction.cursor(in: "t") }, { _ = try cursor.next() },
        { _ = try cursor.nextKey() }, { try transaction.commit() },
      ]
      for (number, use) in uses.enumerated() { #expect(refusal(use) == .transactionEnded, "use \(number)") }
      transaction.abort()
      #expect(try store.snapshot().count(of: "t") == (commits ? 1 : 0))
    }
  }

  @Test(arguments: StoreKind.allCases)
  func removingTellsWhetherThereWasSomething(_ kind: StoreKind) throws {
    try kind.withStore { store in
      try store.write { transaction throws(StoreError) in
        try transaction.put([], for: "a".key, in: "t")
        #expect(try transaction.remove("a".key, from: "t"))
        #expect(try !transaction.remove("a".key, from: "t"))
        #expect(try !transaction.remove("a".key, from: "nowhere"))
        try transaction.clear("nowhere")
      }
      #expect(try store.snapshot().tables == ["t"])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func aTransactionMayEndOnAnotherThread(_ kind: StoreKind) async throws {
    let folder = try TemporaryFolder()
    let store: any OrderedStore = kind == .memory ? MemoryStore() : try LMDBStore.open(folder.file, for: .test)
    for round in 0..<20 {
      nonisolated(unsafe) let transaction = try store.begin()
      try transaction.put("\(round)".key, for: "a".key, in: "t")
      try await Task.detached { try transaction.commit() }.value
    }
    #expect(try store.snapshot().text("a", in: "t") == "19")
  }
}
