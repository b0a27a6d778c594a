// XML as a small tree, for the data sets that keep questions or boxes in it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lingshu {

struct XmlNode {
  std::string name;
  std::string text;  // of this element and all below it, in order
  std::map<std::string, std::string> attributes;
  std::vector<XmlNode> children;

  const XmlNode* Child(std::string_view child_name) const;  // the first of that name, or nullptr
  std::vector<const XmlNode*> Children(std::string_view child_name) const;
  std::string ChildText(std::string_view child_name) const;  // trimmed; "" when absent
  std::string Attribute(const std::string& key) const;       // "" when absent
};

// The root element. Document types (and with them entities of one's own) are refused, nothing is fetched, nesting is at
// most 64 deep. Throws Error(kCorrupt | kUnsupported | kTooLarge) naming `where`.
XmlNode ParseXml(const std::string& text, const std::string& where);

}  // namespace lingshu
