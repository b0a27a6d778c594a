// libxml2's tree, copied into ours: no network, no recovery, no entities but the five of XML itself.
#include "data/xml.h"

#include <memory>

#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/error.h"
#include "base/strings.h"

namespace lingshu {
namespace {

constexpr int kMaxDepth = 64;

std::string TextOf(const xmlChar* text) { return text ? reinterpret_cast<const char*>(text) : ""; }

XmlNode Copy(xmlNode* element, int depth, const std::string& where) {
  if (depth > kMaxDepth)
    throw Error(ErrorCode::kTooLarge, fmt::format("{}: XML nests more than {} deep.", where, kMaxDepth));
  XmlNode node;
  node.name = TextOf(element->name);
  for (xmlAttr* attribute = element->properties; attribute; attribute = attribute->next)
    if (attribute->children) node.attributes[TextOf(attribute->name)] = TextOf(attribute->children->content);
  for (xmlNode* child = element->children; child; child = child->next) {
    if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) {
      node.text += TextOf(child->content);
    } else if (child->type == XML_ELEMENT_NODE) {
      node.children.push_back(Copy(child, depth + 1, where));
      node.text += node.children.back().text;
    }
  }
  return node;
}

}  // namespace

const XmlNode* XmlNode::Child(std::string_view child_name) const {
  for (const XmlNode& child : children)
    if (child.name == child_name) return &child;
  return nullptr;
}

std::vector<const XmlNode*> XmlNode::Children(std::string_view child_name) const {
  std::vector<const XmlNode*> found;
  for (const XmlNode& child : children)
    if (child.name == child_name) found.push_back(&child);
  return found;
}

std::string XmlNode::ChildText(std::string_view child_name) const {
  const XmlNode* child = Child(child_name);
  return child ? std::string(TrimAscii(child->text)) : "";
}

std::string XmlNode::Attribute(const std::string& key) const {
  const auto it = attributes.find(key);
  return it == attributes.end() ? "" : it->second;
}

XmlNode ParseXml(const std::string& text, const std::string& where) {
  if (text.size() > (size_t{1} << 28))
    throw Error(ErrorCode::kTooLarge, fmt::format("{}: {} bytes of XML.", where, text.size()));
  const std::unique_ptr<xmlParserCtxt, decltype(&xmlFreeParserCtxt)> context(xmlNewParserCtxt(), &xmlFreeParserCtxt);
  const std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> document(
      xmlCtxtReadMemory(context.get(), text.data(), static_cast<int>(text.size()), nullptr, nullptr,
                        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING),
      &xmlFreeDoc);
  xmlNode* root = document ? xmlDocGetRootElement(document.get()) : nullptr;
  if (!root)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: not well-formed XML (line {}).", where, context->lastError.line));
  if (document->intSubset)
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: XML with a document type is not read.", where));
  return Copy(root, 1, where);
}

}  // namespace lingshu
