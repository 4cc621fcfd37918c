import Testing
import VectorCore

@testable import Datasets

struct NPYFormatTests {
  private func fault(_ bytes: [UInt8]) -> TableFault? {
    do throws(TableFault) {
      _ = try TableBytes.layouts("npy", bytes)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }",
    "{'shape':(1,2),\"fortran_order\":False,'descr':'<f4'}",
    " { 'descr' : '<f4' ,\n'fortran_order' : False , 'shape' : ( 1 , 2 , ) , } ",
    // One row lies the same in both orders.
    "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }",
  ])
  func pythonsGrammarIsUnderstood(_ dictionary: String) throws {
    for version: UInt8 in 1...3 {
      let bytes = TableBytes.npy(dictionary, TableBytes.floats([1, 2]), version: version)
      let layout = try #require(try TableBytes.layouts("npy", bytes).first)
      #expect(layout.rows == 1 && layout.columns == 2 && layout.elementType == .float32)
      #expect(layout.end == bytes.count)
    }
  }

  @Test(arguments: [
    ("<f4", ElementType.float32), ("<f8", .float64), ("<f2", .float16), ("|u1", .uint8), ("<u1", .uint8),
    ("|i1", .int8),
    ("<i4", .int32), ("<i8", .int64), ("|b1", .bool), ("<u4", .uint32),
  ])
  func typesAreNumpys(_ name: String, _ type: ElementType) throws {
    let bytes = TableBytes.npy(name, 1, 1, [UInt8](repeating: 0, count: type.byteCount))
    #expect(try TableBytes.layouts("npy", bytes).first?.elementType == type)
  }

  @Test(arguments: [">f4", "=f4", "<c8", "|O", "<U3", "", "f4", "1", "|f1", "<f4<f4"])
  func otherTypesAreNamed(_ name: String) {
    let bytes = TableBytes.npy(name, 1, 1, [0, 0, 0, 0])
    #expect(fault(bytes) == .unsupportedType(name))
  }

  @Test func whatCannotBeMeasuredOnIsRefusedByName() {
    func refusal(_ dictionary: String) -> TableFault? {
      fault(TableBytes.npy(dictionary, [UInt8](repeating: 0, count: 24)))
    }
    #expect(refusal("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)}") == .fortranOrder)
    #expect(refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}") == .wrongRank(shape: [6]))
    #expect(refusal("{'descr': '<f4', 'fortran_order': False, 'shape': ()}") == .wrongRank(shape: []))
    #expect(refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3)}") == .wrongRank(shape: [1, 2, 3]))
    #expect(
      refusal("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 2)}") == .unsupportedType("records"))
  }

  @Test(arguments: [
    "", "{", "{}", "()", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': false, 'shape': (1, 2)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)} x", "{'descr': '<f4, 'fortran_order': False}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1, x)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2",
    "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 99999999999999999999)}", "{'other': 1}",
    "{'descr': '<\u{1}4', 'fortran_order': False, 'shape': (1, 2)}",
  ])
  func aDamagedDictionaryIsRefusedWithItsPlace(_ dictionary: String) {
    let fault = fault(TableBytes.npy(dictionary, TableBytes.floats([1, 2])))
    guard case .malformedNPYHeader(let problem) = fault else {
      Issue.record("\(fault.map { "\($0)" } ?? "accepted")")
      return
    }
    #expect(problem.contains(" at byte ") && !problem.contains("\n"))
  }

  @Test func whatIsNoNPYFileIsTold() {
    #expect(fault(Array("not numpy".utf8)) == .notNPY)
    #expect(fault([]) == .notNPY)
    var bytes = TableBytes.npy("<f4", 1, 1, [0, 0, 0, 0])
    bytes[6] = 4
    #expect(fault(bytes) == .unknownNPYVersion(major: 4, minor: 0))
    // A header as long as the file claims is not read when it cannot be one.
    let long = TableBytes.npy(String(repeating: " ", count: 70_000), [], version: 2)
    #expect(fault(long) == .malformedNPYHeader(problem: "it is 70001 bytes long"))
  }

  @Test(arguments: ElementType.allCases.filter(NPYFormat().holds))
  func whatIsWrittenIsReadAndAligned(_ type: ElementType) throws {
    for shape in [(1, 1), (12_345_678, 3), (7, 100_000)] {
      let header = NPYFormat().header(rows: shape.0, columns: shape.1, of: type)
      #expect(header.count.isMultiple(of: 64) && header.last == 0x0A)
      // The elements are missing, so that the size they need is told: nothing of that size is made.
      #expect(
        fault(header)
          == .wrongSize(
            rows: shape.0, columns: shape.1, bytes: header.count,
            needed: [header.count + shape.0 * shape.1 * type.byteCount]))
    }
  }
}
