import Foundation
import Testing

@testable import Reports

@Suite struct JSONTests {
  @Test func literalsAreWrittenAsTheyStand() throws {
    let value: JSON = ["b": [1, 2.5, true, nil, "a\"b\n"], "a": ["x": "\(1 + 1)"]]
    #expect(value.text == #"{"a":{"x":"2"},"b":[1,2.5,true,null,"a\"b\n"]}"#)
  }

  @Test func membersAreSetAndReplaced() {
    var value: JSON = ["a": 1]
    value["a"] = 2
    value["b"] = "c"
    #expect(value == ["a": 2, "b": "c"] && value["c"] == nil)
  }

  @Test func whatIsNoNumberIsNull() {
    #expect(JSON(.infinity) == nil && JSON(.nan) == .null && JSON(0.5) == 0.5)
  }
}
