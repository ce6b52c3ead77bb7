// The same with grammY and its runner, the updates of a chat in order.
const { Bot } = require("grammy");
const { run, sequentialize } = require("@grammyjs/runner");
const bot = new Bot(process.env.TOKEN, { client: { apiRoot: process.env.API } });
bot.use(sequentialize((ctx) => ctx.chat && String(ctx.chat.id)));
bot.command("ping", (ctx) => ctx.reply("pong " + ctx.message.text.slice(6)));
bot.catch((error) => console.error(error.message));
run(bot);
