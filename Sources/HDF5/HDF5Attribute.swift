internal import CHDF5
import VectorCore

/// The value of a scalar attribute.
public enum HDF5Attribute: Equatable, Sendable {
  /// A string of fixed or variable length.
  case string(String)
  /// An integer of any type whose value fits.
  case integer(Int64)
  /// A floating-point number of any type.
  case real(Double)

  /// The string, if the value is one.
  public var string: String? { if case .string(let value) = self { value } else { nil } }

  /// The integer, if the value is one or is a floating-point number without a fraction.
  public var integer: Int? {
    switch self {
    case .string: nil
    case .integer(let value): Int(exactly: value)
    case .real(let value): Int(exactly: value)
    }
  }
}

extension HDF5Attribute {
  /// The greatest length of a string. Names and counts are shorter, and a damaged length must not be allocated.
  private static let maximumStringLength = 1 << 20

  /// Reads an attribute; `nil` if it does not exist. The caller must hold the lock.
  static func read(_ name: String, of object: Handle, _ owner: Place) throws(HDF5Error) -> HDF5Attribute? {
    let place = owner.object("@\(name)")
    guard try place.check("look for the attribute", H5Aexists(object.id, name)) > 0 else { return nil }
    let attribute = try place.handle("open the attribute", H5Aopen(object.id, name, 0))
    let space = try place.handle("read the attribute's shape", H5Aget_space(attribute.id))
    let count = H5Sget_simple_extent_npoints(space.id)
    guard count == 1 else {
      throw .wrongShape(path: place.path, name: "@\(name)", shape: [Int(clamping: count)], expected: "one value")
    }
    let type = try place.handle("read the attribute's type", H5Aget_type(attribute.id))
    switch H5Tget_class(type.id) {
    case H5T_STRING:
      return .string(try readString(attribute, type, place))
    case H5T_INTEGER:
      var value: Int64 = 0
      let memory = try ElementType.int64.makeType(place)
      try place.check("read the attribute", H5Aread(attribute.id, memory.id, &value))
      return .integer(value)
    case H5T_FLOAT:
      var value = 0.0
      let memory = try ElementType.float64.makeType(place)
      try place.check("read the attribute", H5Aread(attribute.id, memory.id, &value))
      return .real(value)
    case let other:
      throw .unsupportedType(path: place.path, name: "@\(name)", type: typeName(other))
    }
  }

  private static func readString(
    _ attribute: Handle, _ type: Handle, _ place: Place
  ) throws(HDF5Error) -> String {
    // The memory type has the character set of the file, because HDF5 does not convert between character sets.
    let memory = try place.handle("make a string type", H5Tcopy(chdf5_T_C_S1()))
    try place.check("make a string type", H5Tset_cset(memory.id, H5Tget_cset(type.id)))
    guard H5Tis_variable_str(type.id) <= 0 else {
      try place.check("make a string type", H5Tset_size(memory.id, chdf5_T_VARIABLE()))
      var text: UnsafeMutablePointer<CChar>?
      try place.check("read the attribute", H5Aread(attribute.id, memory.id, &text))
      defer { H5free_memory(text) }
      return text.map { String(cString: $0) } ?? ""
    }
    let length = H5Tget_size(type.id)
    guard length > 0, length <= maximumStringLength else {
      throw .tooLarge(
        path: place.path, name: place.name ?? "", shape: [], reason: "claims a text of \(length) bytes")
    }
    try place.check("make a string type", H5Tset_size(memory.id, length))
    try place.check("make a string type", H5Tset_strpad(memory.id, H5Tget_strpad(type.id)))
    var bytes = [UInt8](repeating: 0, count: length)
    try place.check("read the attribute", H5Aread(attribute.id, memory.id, &bytes))
    var text = bytes.prefix { $0 != 0 }
    if H5Tget_strpad(type.id) == H5T_STR_SPACEPAD {
      while text.last == UInt8(ascii: " ") { text.removeLast() }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Stores the value as h5py does: strings with variable length in UTF-8. The caller must hold the lock.
  func write(_ name: String, to object: Handle, _ owner: Place) throws(HDF5Error) {
    let place = owner.object("@\(name)")
    let space = try place.handle("make a scalar", H5Screate(H5S_SCALAR))
    func store(_ type: Handle, _ value: UnsafeRawPointer) throws(HDF5Error) {
      let attribute = try place.handle(
        "create the attribute", H5Acreate2(object.id, name, type.id, space.id, 0, 0))
      try place.check("write the attribute", H5Awrite(attribute.id, type.id, value))
    }
    switch self {
    case .integer(var value):
      try store(try ElementType.int64.makeType(place), &value)
    case .real(var value):
      try store(try ElementType.float64.makeType(place), &value)
    case .string(let value):
      let type = try place.handle("make a string type", H5Tcopy(chdf5_T_C_S1()))
      try place.check("make a string type", H5Tset_cset(type.id, H5T_CSET_UTF8))
      try place.check("make a string type", H5Tset_size(type.id, chdf5_T_VARIABLE()))
      let bytes = value.utf8CString
      try bytes.withUnsafeBufferPointer { (text) throws(HDF5Error) in
        var address = text.baseAddress
        try store(type, &address)
      }
    }
  }
}

/// The name of a class of types, for error messages.
func typeName(_ kind: H5T_class_t) -> String {
  switch kind {
  case H5T_INTEGER: "integers of an unusual width"
  case H5T_FLOAT: "floats of an unusual width"
  case H5T_STRING: "strings"
  case H5T_COMPOUND: "compound records"
  case H5T_REFERENCE: "references"
  case H5T_ENUM: "an enumeration other than of booleans"
  case H5T_VLEN: "variable-length lists"
  case H5T_ARRAY: "arrays"
  case H5T_OPAQUE, H5T_BITFIELD: "raw bytes"
  default: "elements of an unknown type"
  }
}
