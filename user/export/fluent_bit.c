/* SPDX-License-Identifier: MIT */
/* Fluent Bit: its lua filter, over all texts of a record, and fields whose name is a key. */
#include "export/export.h"

#include "base/cleanup.h"

#include <string.h>

static const char head[] =
    "# Made by logspill rules export --for fluent-bit: name it below `includes` of a configuration in YAML.\n"
    "pipeline:\n"
    "  filters:\n"
    "    - name: lua\n"
    "      match: '*'\n"
    "      call: redact\n"
    "      code: |\n"
    "        local rules = {\n";

/* A pattern is a place: (key or position) before (position) value (position) after. */
static const char tail[] = "        }\n"
                           "\n"
                           "        local function plain(name)\n"
                           "          return (name:lower():gsub('[-_./ ]', ''))\n"
                           "        end\n"
                           "\n"
                           "        local function is_key(rule, name)\n"
                           "          local whole, last = plain(name), plain(name:match('[^./]*$'))\n"
                           "          for _, key in ipairs(rule.keys) do\n"
                           "            if whole == key or last == key then return true end\n"
                           "          end\n"
                           "          for _, key in ipairs(rule.ends) do\n"
                           "            if whole:sub(-#key) == key then return true end\n"
                           "          end\n"
                           "          return false\n"
                           "        end\n"
                           "\n"
                           "        local function is_meant(rule, text, name, start)\n"
                           "          if rule.keys then return is_key(rule, name) end\n"
                           "          if not rule.words then return true end\n"
                           "          local before = text:sub(math.max(1, start - rule.window), start - 1):lower()\n"
                           "          for _, word in ipairs(rule.words) do\n"
                           "            if before:find(word) then return true end\n"
                           "          end\n"
                           "          return false\n"
                           "        end\n"
                           "\n"
                           "        local function apply(rule, text)\n"
                           "          local parts, kept, at = {}, 1, 1\n"
                           "          while true do\n"
                           "            local first, _, name, start, stop = text:find(rule.pattern, at)\n"
                           "            if not first then break end\n"
                           "            if is_meant(rule, text, name, start) then\n"
                           "              parts[#parts + 1] = text:sub(kept, start - 1) .. rule.mask\n"
                           "              kept, at = stop, stop\n"
                           "            else\n"
                           "              at = rule.keys and first + #name or first + 1\n"
                           "            end\n"
                           "          end\n"
                           "          if kept == 1 then return text end\n"
                           "          return table.concat(parts) .. text:sub(kept)\n"
                           "        end\n"
                           "\n"
                           "        local function clean(value, name)\n"
                           "          if type(value) == 'table' then\n"
                           "            for key, item in pairs(value) do\n"
                           "              value[key] = clean(item, type(key) == 'string' and key or name)\n"
                           "            end\n"
                           "            return value\n"
                           "          end\n"
                           "          if type(value) ~= 'string' and type(value) ~= 'number' then return value end\n"
                           "          for _, rule in ipairs(rules) do\n"
                           "            if rule.keys and name and is_key(rule, name) and\n"
                           "                tostring(value):find('^' .. rule.value) then\n"
                           "              return rule.mask\n"
                           "            end\n"
                           "          end\n"
                           "          if type(value) == 'string' then\n"
                           "            for _, rule in ipairs(rules) do value = apply(rule, value) end\n"
                           "          end\n"
                           "          return value\n"
                           "        end\n"
                           "\n"
                           "        function redact(tag, timestamp, record)\n"
                           "          return 2, timestamp, clean(record)\n"
                           "        end\n";

static int put_text(struct buf *out, const struct buf *text) {
	int err = buf_append(out, "'", 1);
	for (size_t i = 0; i < text->len && !err; i++) {
		unsigned char c = text->data[i];
		err = c < ' ' || c > '~' || c == '\'' || c == '\\' ? buf_printf(out, "\\%03u", c) : buf_append(out, &c, 1);
	}
	return err ?: buf_append(out, "'", 1);
}

static int put_normal(struct buf *out, const char *word) {
	char normal[256];
	struct buf text = {.data = normal, .len = key_normalize(normal, sizeof(normal), word, strlen(word))};
	int err = put_text(out, &text);
	return err ?: buf_append(out, ", ", 2);
}

/* Keys, whole ones or ends. */
static int put_keys(struct buf *out, const struct rule_strings *words, bool ends) {
	int err = buf_printf(out, ends ? ", ends = {" : ", keys = {");
	for (size_t i = 0; i < words->len && !err; i++)
		if ((words->items[i][0] == '*') == ends)
			err = put_normal(out, words->items[i] + ends);
	return err ?: buf_append(out, "}", 1);
}

static int put_words(struct buf *out, const struct redaction *r) {
	int err = buf_printf(out, ", window = %zu, words = {", r->window);
	for (size_t i = 0; i < r->words->len && !err; i++) {
		_cleanup_(buf_release) struct buf word = {0};
		err = pattern_lua_word(&word, r->words->items[i]);
		err = err ?: put_text(out, &word);
		err = err ?: buf_append(out, ", ", 2);
	}
	return err ?: buf_append(out, "}", 1);
}

static int put_pattern(struct buf *out, const struct redaction *r, const char *mask) {
	_cleanup_(buf_release) struct buf pattern = {0}, value = {0};
	int err = pattern_lua(&pattern, r);
	err = err ?: buf_printf(out, "          {mask = '%s', pattern = ", mask);
	err = err ?: put_text(out, &pattern);
	if (r->words && r->keys) {
		err = err ?: put_keys(out, r->words, false);
		err = err ?: put_keys(out, r->words, true);
		err = err ?: pattern_lua_value(&value, r);
		err = err ?: buf_printf(out, ", value = ");
		err = err ?: put_text(out, &value);
	} else if (r->words) {
		err = err ?: put_words(out, r);
	}
	return err ?: buf_printf(out, "},\n");
}

const struct export_target export_fluent_bit = {"fluent-bit", head, tail, "          -- ", put_pattern};
